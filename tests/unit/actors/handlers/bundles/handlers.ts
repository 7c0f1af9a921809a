import { util, type EventOnPublishContext, type EventOnSubscribeContext } from '@aws-appsync/utils';
import { check, stamp, type Reading } from './mapper';

export function onPublish(ctx: EventOnPublishContext<Reading>) {
  return ctx.events.map((event) => ({ id: event.id, payload: stamp(event.payload), error: check(event.payload) }));
}

export const onSubscribe = (ctx: EventOnSubscribeContext) => {
  if (ctx.info.channel.path !== '/rooms/lobby') {
    util.unauthorized();
  }
};
