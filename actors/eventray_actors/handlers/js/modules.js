// What handlers can import, and what they have without importing it.

const AUTH_TYPES = {
  AWS_IAM: "IAM Authorization",
  AMAZON_COGNITO_USER_POOLS: "User Pool Authorization",
  OPENID_CONNECT: "Open ID Connect Authorization",
  API_KEY: "API Key Authorization",
  AWS_LAMBDA: "Lambda Authorization", // unverified
};

const utilObject = {
  ...endings,
  autoId, autoUlid, autoKsuid, base64Encode, base64Decode, urlEncode, urlDecode, escapeJavaScript, matches,
  authType: () => AUTH_TYPES[invocation.authType] ?? "",
  time: timeUtilities,
  dynamodb: dynamodbUtilities,
  rds: { toJsonObject },
  http: httpUtilities,
  xml: xmlUtilities,
  transform: transformUtilities,
  math: mathUtilities,
  str: stringUtilities,
};

const modules = {
  "@aws-appsync/utils": { util: utilObject, extensions: extensionsObject, runtime: runtimeObject },
  "@aws-appsync/utils/dynamodb": dynamodbModule,
  "@aws-appsync/utils/rds": rdsModule,
  "@aws-appsync/utils/ai": {
    invokeModel: (payload) => ({ operation: "InvokeModel", ...payload }),
    converse: (payload) => ({ operation: "Converse", ...payload }),
  },
};
