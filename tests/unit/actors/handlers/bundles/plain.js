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
    const inner = reading.inner;
    return inner.room;
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
//# sourceMappingURL=data:application/json;base64,ewogICJ2ZXJzaW9uIjogMywKICAic291cmNlcyI6IFsic3JjL2hhbmRsZXJzLnRzIiwgInNyYy9tYXBwZXIudHMiXSwKICAibWFwcGluZ3MiOiAiO0FBQUEsU0FBUyxRQUFBQSxhQUFzRTs7O0FDQS9FLFNBQVMsWUFBWTtBQUlkLFNBQVMsTUFBTSxTQUFpQztBQUNyRCxNQUFJLFFBQVEsVUFBVSxLQUFLO0FBQ3pCLFlBQVEsTUFBTSxXQUFXLFFBQVEsSUFBSTtBQUNyQyxXQUFPLEdBQUcsUUFBUSxJQUFJO0FBQUEsRUFDeEI7QUFDQSxNQUFJLFFBQVEsU0FBUyxRQUFRO0FBQzNCLFVBQU0sUUFBUyxRQUFnQztBQUMvQyxXQUFPLE1BQU07QUFBQSxFQUNmO0FBQ0EsU0FBTztBQUNUO0FBRU8sSUFBTSxRQUFRLENBQUMsYUFBc0IsRUFBRSxHQUFHLFNBQVMsSUFBSSxLQUFLLEtBQUssV0FBVyxFQUFFOzs7QURiOUUsU0FBUyxVQUFVLEtBQXFDO0FBQzdELFNBQU8sSUFBSSxPQUFPLElBQUksQ0FBQyxXQUFXLEVBQUUsSUFBSSxNQUFNLElBQUksU0FBUyxNQUFNLE1BQU0sT0FBTyxHQUFHLE9BQU8sTUFBTSxNQUFNLE9BQU8sRUFBRSxFQUFFO0FBQ2pIO0FBRU8sSUFBTSxjQUFjLENBQUMsUUFBaUM7QUFDM0QsTUFBSSxJQUFJLEtBQUssUUFBUSxTQUFTLGdCQUFnQjtBQUM1QyxJQUFBQyxNQUFLLGFBQWE7QUFBQSxFQUNwQjtBQUNGOyIsCiAgIm5hbWVzIjogWyJ1dGlsIiwgInV0aWwiXQp9Cg==
