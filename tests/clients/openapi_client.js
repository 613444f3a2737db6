// npm `swagger-client`, made a client of ShipEngine by ShipEngine's own OpenAPI document (npm `shipengine-openapi`).
//   node openapi_client.js URL KEY
"use strict";

const http = require("node:http");
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

  await webhooks(client.apis.webhooks);
  await ownDocument(url, key, parcel);

  const stranger = await SwaggerClient({ spec, authorizations: { api_key: "mp_wrong" } });
  await refused("a wrong key", 401, "unauthorized", () => stranger.apis.tracking.get_tracking_log(parcel));
});

// The same client, made of the document that the hub has of itself.
async function ownDocument(url, key, parcel) {
  const client = await SwaggerClient({ url: `${url}/openapi.json`, authorizations: { apiKey: key } });
  check("/openapi.json makes a client too", client.errors.length === 0, client.errors);
  const log = await client.apis.ShipEngine.getTracking(parcel);
  check("which finds the parcel", log.obj.tracking_number === story.number, log.obj);
  const couriers = await client.apis.Ship24.listCouriers();
  check("and lists couriers", couriers.obj.data.couriers.length > 0, couriers.obj);
}

// Endpoints, from making one to deleting it.
async function webhooks(api) {
  // The hub looks whether somebody is there.
  const receiver = http.createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await new Promise((listening) => receiver.once("listening", listening));
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const before = (await api.list_webhooks()).obj;
  check("list_webhooks is a bare array", Array.isArray(before), before);

  const wanted = { url, event: "track" };
  const made = (await api.create_webhook({}, { requestBody: wanted })).obj;
  check("create_webhook answers it with an id", made.webhook_id.startsWith("se-") && made.url === url, made);
  const id = { webhook_id: made.webhook_id };
  await refused("another of the same", 409, "webhook_event_type_conflict", () => api.create_webhook({}, { requestBody: wanted }));
  const found = (await api.get_webhook_by_id(id)).obj;
  check("get_webhook_by_id finds it", found.url === url && found.event === "track", found);
  check("list_webhooks has it", (await api.list_webhooks()).obj.length === before.length + 1);

  const elsewhere = `${url}/elsewhere`;
  const updated = await api.update_webhook(id, { requestBody: { url: elsewhere } });
  check("update_webhook is 204", updated.status === 204, updated.status);
  check("and changes it", (await api.get_webhook_by_id(id)).obj.url === elsewhere);
  const deleted = await api.delete_webhook(id);
  check("delete_webhook is 204", deleted.status === 204, deleted.status);
  await refused("what was deleted", 404, "invalid_identifier", () => api.get_webhook_by_id(id));
  receiver.close();
}

// This client ends with an error whose `response` is the answer, whatever its status.
async function refused(what, status, code, call) {
  const answer = await call().catch((error) => error.response ?? error);
  check(`${what} is ${status} ${code}`, answer.status === status && answer.obj.errors[0].error_code === code, answer);
}
