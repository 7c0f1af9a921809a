// src/handlers.ts
import { util as util2 } from "@aws-appsync/utils";

// src/mapper.ts
import { util } from "@aws-appsync/utils";
function check(reading) {
  if (reading.celsius > 100) {
    console.error("too hot", reading.room);
    return `${reading.room} is too hot`;
  }
  if (reading.room === "void") {
    return (void 0).room;
  }
  return null;
}
var stamp = (reading) => ({ ...reading, at: util.time.nowISO8601() });

// src/handlers.ts
function onPublish(ctx) {
  return ctx.events.map((event) => ({ id: event.id, payload: stamp(event.payload), error: check(event.payload) }));
}
var onSubscribe = (ctx) => {
  if (ctx.info.channel.path !== "/rooms/lobby") {
    util2.unauthorized();
  }
};
export {
  onPublish,
  onSubscribe
};
//# sourceMappingURL=data:application/json;base64,ewogICJ2ZXJzaW9uIjogMywKICAic291cmNlcyI6IFsic3JjL2hhbmRsZXJzLnRzIiwgInNyYy9tYXBwZXIudHMiXSwKICAibWFwcGluZ3MiOiAiO0FBQUEsU0FBUyxRQUFBQSxhQUFzRTs7O0FDQS9FLFNBQVMsWUFBWTtBQUlkLFNBQVMsTUFBTSxTQUFpQztBQUNyRCxNQUFJLFFBQVEsVUFBVSxLQUFLO0FBQ3pCLFlBQVEsTUFBTSxXQUFXLFFBQVEsSUFBSTtBQUNyQyxXQUFPLEdBQUcsUUFBUSxJQUFJO0FBQUEsRUFDeEI7QUFDQSxNQUFJLFFBQVEsU0FBUyxRQUFRO0FBQzNCLFdBQVEsU0FBaUM7QUFBQSxFQUMzQztBQUNBLFNBQU87QUFDVDtBQUVPLElBQU0sUUFBUSxDQUFDLGFBQXNCLEVBQUUsR0FBRyxTQUFTLElBQUksS0FBSyxLQUFLLFdBQVcsRUFBRTs7O0FEWjlFLFNBQVMsVUFBVSxLQUFxQztBQUM3RCxTQUFPLElBQUksT0FBTyxJQUFJLENBQUMsV0FBVyxFQUFFLElBQUksTUFBTSxJQUFJLFNBQVMsTUFBTSxNQUFNLE9BQU8sR0FBRyxPQUFPLE1BQU0sTUFBTSxPQUFPLEVBQUUsRUFBRTtBQUNqSDtBQUVPLElBQU0sY0FBYyxDQUFDLFFBQWlDO0FBQzNELE1BQUksSUFBSSxLQUFLLFFBQVEsU0FBUyxnQkFBZ0I7QUFDNUMsSUFBQUMsTUFBSyxhQUFhO0FBQUEsRUFDcEI7QUFDRjsiLAogICJuYW1lcyI6IFsidXRpbCIsICJ1dGlsIl0KfQo=
