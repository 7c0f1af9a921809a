// A CDK app with an Event API that uses everything; its arguments are the folder to write to, and `first` or
// `changed`: then one namespace has other code, and another is gone.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const { App, CfnOutput, Duration, RemovalPolicy, Stack } = require("aws-cdk-lib");
const appsync = require("aws-cdk-lib/aws-appsync");
const cognito = require("aws-cdk-lib/aws-cognito");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const wafv2 = require("aws-cdk-lib/aws-wafv2");

const [folder, version] = process.argv.slice(2);
const isFirst = version === "first";
const code = join(folder, "news.js");
writeFileSync(code, `export const onPublish = (ctx) => ctx.events; // ${version}\n`);

const app = new App({ outdir: join(folder, "cdk.out"), analyticsReporting: false });
const stack = new Stack(app, "Chat");
const authorizer = lambda.Function.fromFunctionAttributes(stack, "Authorizer", {
  functionArn: "arn:aws:lambda:us-east-1:123456789012:function:authorizer",
  sameEnvironment: false,
});
const worker = new lambda.Function(stack, "Worker", {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: lambda.Code.fromInline("exports.handler = async (event) => event"),
});
const types = appsync.AppSyncAuthorizationType;
const api = new appsync.EventApi(stack, "Api", {
  apiName: "chat",
  ownerContact: "chat team",
  authorizationConfig: {
    authProviders: [
      { authorizationType: types.API_KEY, apiKeyConfig: { name: "web", description: "web" } },
      { authorizationType: types.IAM },
      {
        authorizationType: types.USER_POOL,
        cognitoConfig: { userPool: new cognito.UserPool(stack, "Pool") },
      },
      {
        authorizationType: types.OIDC,
        openIdConnectConfig: { oidcProvider: "https://id.example.com", clientId: "chat" },
      },
      {
        authorizationType: types.LAMBDA,
        lambdaAuthorizerConfig: { handler: authorizer, resultsCacheTtl: Duration.minutes(5) },
      },
    ],
  },
  logConfig: { fieldLogLevel: appsync.AppSyncFieldLogLevel.ERROR },
});
const table = new dynamodb.Table(stack, "Table", {
  partitionKey: { name: "id", type: dynamodb.AttributeType.STRING },
  removalPolicy: RemovalPolicy.DESTROY,
});
const functions = api.addLambdaDataSource("functions", worker);
api.addDynamoDbDataSource("table", table);

const news = api.addChannelNamespace("news", { code: appsync.Code.fromAsset(code) });
if (isFirst) {
  api.addChannelNamespace("direct", { publishHandlerConfig: { dataSource: functions, direct: true } });
}
const publisher = new iam.Role(stack, "Publisher", { assumedBy: new iam.AccountRootPrincipal() });
api.grantConnect(publisher);
news.grantPublish(publisher);
new wafv2.CfnWebACLAssociation(stack, "Firewall", {
  resourceArn: api.apiArn,
  webAclArn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b",
});
new CfnOutput(stack, "ApiId", { value: api.apiId });
new CfnOutput(stack, "Http", { value: `https://${api.httpDns}/event` });
new CfnOutput(stack, "Realtime", { value: `wss://${api.realtimeDns}/event/realtime` });
new CfnOutput(stack, "Key", { value: api.apiKeys.web.attrApiKey });
app.synth();
