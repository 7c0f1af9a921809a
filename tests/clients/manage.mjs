// @aws-sdk/client-appsync, from making an API to its end; prints what it got, one JSON value a line.
// Usage: node manage.mjs ENDPOINT; credentials and region come from AWS's variables.
import * as sdk from "@aws-sdk/client-appsync";

const client = new sdk.AppSyncClient({ endpoint: process.argv[2], maxAttempts: 1 });
const say = (name, value) => console.log(JSON.stringify({ name, value }));

async function call(name, input) {
  const { $metadata, ...answer } = await client.send(new sdk[`${name}Command`](input));
  if ($metadata.httpStatusCode !== 200 || !$metadata.requestId) throw new Error(`${name}: no request id`);
  return answer;
}

async function fails(name, input) {
  try {
    await call(name, input);
  } catch (error) {
    say(`${name} failed`, {
      type: error.name,
      isTyped: error instanceof sdk.AppSyncServiceException && error instanceof sdk[error.name],
      message: error.message,
      status: error.$metadata.httpStatusCode,
    });
    return;
  }
  throw new Error(`${name} did not fail`);
}

const byKey = [{ authType: "API_KEY" }];
const eventConfig = {
  authProviders: byKey,
  connectionAuthModes: byKey,
  defaultPublishAuthModes: byKey,
  defaultSubscribeAuthModes: byKey,
};

const { api } = await call("CreateApi", { name: "by JavaScript", eventConfig, tags: { team: "blue" } });
const { apiId, apiArn: resourceArn } = api;
say("age in seconds", (Date.now() - api.created.getTime()) / 1000);
const { channelNamespace } = await call("CreateChannelNamespace", { apiId, name: "news", handlerConfigs: {} });
say("namespace", { ...channelNamespace, hasTime: channelNamespace.created instanceof Date });
const { apiKey } = await call("CreateApiKey", { apiId, description: "web" });
say("key", { apiId, key: apiKey.id });

// It serves at once.
const published = await fetch(`${process.argv[2]}/apis/${apiId}/event`, {
  method: "POST",
  headers: { "x-api-key": apiKey.id, "content-type": "application/json" },
  body: JSON.stringify({ channel: "/news/a", events: ["1"] }),
});
say("published", published.status);

await call("UpdateApi", { apiId, name: "renamed", eventConfig });
await call("UpdateChannelNamespace", { apiId, name: "news", subscribeAuthModes: byKey });
await call("UpdateApiKey", { apiId, id: apiKey.id, expires: Math.floor(Date.now() / 1000) + 9 * 86400 });
await call("TagResource", { resourceArn, tags: { stage: "test" } });
await call("UntagResource", { resourceArn, tagKeys: ["team"] });
say("tags", (await call("ListTagsForResource", { resourceArn })).tags);

await call("CreateDataSource", { apiId, name: "none", type: "NONE" });
say("data source", (await call("GetDataSource", { apiId, name: "none" })).dataSource.name);
for (let n = 0; n < 3; n++) await call("CreateChannelNamespace", { apiId, name: `n${n}` });
const names = [];
for await (const page of sdk.paginateListChannelNamespaces({ client, pageSize: 2 }, { apiId }))
  names.push(page.channelNamespaces.map((namespace) => namespace.name));
say("pages", names);
let listed = 0;
for await (const page of sdk.paginateListApis({ client, pageSize: 1 }, {})) listed += page.apis.length;
say("APIs", listed);

await fails("GetApi", { apiId: "none" });
await fails("CreateChannelNamespace", { apiId, name: "news" });
await fails("CreateApi", { name: "?", eventConfig });

await call("DeleteDataSource", { apiId, name: "none" });
await call("DeleteApiKey", { apiId, id: apiKey.id });
await call("DeleteChannelNamespace", { apiId, name: "news" });
await call("DeleteApi", { apiId });
await fails("DeleteApi", { apiId });
