// npm `swagger-client`, made a client of ShipEngine by ShipEngine's own OpenAPI document (npm `shipengine-openapi`).
//   node openapi_client.js URL KEY
"use strict";

const SwaggerClient = require("swagger-client");
const document = require("shipengine-openapi/openapi.json");
const { check, run } = require("./steps");
const story = require("./story.json");

run(async (url, key) => {
  const spec = { ...document, servers: [{ url }] };
  const client = await SwaggerClient({ spec, authorizations: { api_key: key } });
  const { tracking, carriers } = client.apis;
  const parcel = { carrier_code: "stamps_com", tracking_number: story.number };

  const log = await tracking.get_tracking_log(parcel);
  check("get_tracking_log finds the parcel", log.status === 200 && log.obj.status_code === "DE", log.obj);
  const list = await carriers.list_carriers();
  check("list_carriers has the connection", list.obj.carriers.some((c) => c.nickname === story.connection), list.obj);
  for (const operation of ["start_tracking", "start_tracking", "stop_tracking", "stop_tracking"]) {
    const { status } = await tracking[operation](parcel);
    check(`${operation} is 204, also when it is repeated`, status === 204, status);
  }
  const unconnected = { carrier_code: "dhl_express", tracking_number: "4711081523" };
  await refused("start_tracking without a connection", 400, "carrier_not_connected", () => tracking.start_tracking(unconnected));

  const stranger = await SwaggerClient({ spec, authorizations: { api_key: "mp_wrong" } });
  await refused("a wrong key", 401, "unauthorized", () => stranger.apis.tracking.get_tracking_log(parcel));
});

// This client ends with an error whose `response` is the answer, whatever its status.
async function refused(what, status, code, call) {
  const answer = await call().catch((error) => error.response ?? error);
  check(`${what} is ${status} ${code}`, answer.status === status && answer.obj.errors[0].error_code === code, answer);
}
