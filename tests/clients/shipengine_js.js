// npm `shipengine` against a hub: its methods of tracking, and the errors that it can tell.
//   node shipengine_js.js URL KEY
"use strict";

const { ShipEngine, ShipEngineError, RateLimitExceededError } = require("shipengine");
const { check, raised, run } = require("./steps");
const story = require("./story.json");

// A key has 200 at once, and some more while they are sent.
const MOST_REQUESTS = 2000;

run(async (url, key) => {
  const client = new ShipEngine({ apiKey: key, baseURL: url });
  await answers(client);
  await errors(client);
  await tooMany(client);
  // It takes every status but 400, 404, 429 and 500 for an answer, and finds no events in this one.
  const stranger = new ShipEngine({ apiKey: "mp_wrong", baseURL: url });
  await raised("401 is a TypeError of the client", TypeError, () => track(stranger, "usps", story.number));
  check("401 is a TypeError of the client", true);
});

// What is found.
async function answers(client) {
  const carriers = await client.listCarriers();
  const codes = carriers.map((carrier) => carrier.carrierCode);
  const known = ["usps", "ups", "fedex"].every((code) => codes.includes(code));
  check(`${codes.length} carriers are listed, USPS, UPS and FedEx among them`, known, codes);
  const connected = carriers.find((carrier) => carrier.nickname === story.connection);
  check("and the connection, with its carrier id", connected?.carrierId.startsWith("se-"), connected);

  const log = await track(client, "usps", story.number);
  check("a parcel is tracked by carrier and number", log.statusCode === "DE" && log.trackingNumber === story.number, log);
  const times = log.events.map((event) => Date.parse(event.occurredAt));
  const newestFirst = times.every((time, place) => place === 0 || times[place - 1] >= time);
  check("it has all events, newest first", times.length === story.events && newestFirst, log.events);
  const place = log.events[0];
  check("an event has its place", place.cityLocality === "SARCOXIE" && place.latitude > 0, place);
  const spaced = await track(client, "stamps_com", ` ${story.number} `);
  check("stamps_com is USPS, and spaces are nothing", spaced.events.length === story.events, spaced);
  const none = await track(client, "ups", story.unknownNumber);
  check("a number of which nothing is known is NY", none.statusCode === "NY" && none.events.length === 0, none);
  const byLabel = await client.trackUsingLabelId(story.label);
  check("the parcel is tracked by its label", byLabel.events.length === story.events, byLabel);
}

// What is refused.
async function errors(client) {
  const refused = [
    ["no_such", "4711081523", "carrier_not_supported"],
    ["dhl_express", "4711081523", "carrier_not_connected"],
    ["usps", "", "field_value_required"],
    ["usps", "x".repeat(200), "invalid_field_value"],
  ];
  for (const [carrier, number, code] of refused) {
    const error = await raised(code, ShipEngineError, () => track(client, carrier, number));
    check(`400 ${code} is a ShipEngineError`, error.code === code && error.requestID, error);
  }
  const error = await raised("404", ShipEngineError, () => client.trackUsingLabelId("se-404"));
  check("404 of a label is a ShipEngineError", error.code === "invalid_identifier", error);
}

// Over the rate limit. With retries it would take the seconds of Retry-After for milliseconds, and use them up at once.
async function tooMany(client) {
  const withoutAPause = async () => {
    for (let sent = 0; sent < MOST_REQUESTS; sent++) {
      await client.listCarriers();
    }
  };
  const error = await raised("429", RateLimitExceededError, withoutAPause);
  check("429 is a RateLimitExceededError with Retry-After", error.retryAfter >= 1, error);
}

function track(client, carrierCode, trackingNumber) {
  return client.trackUsingCarrierCodeAndTrackingNumber({ carrierCode, trackingNumber });
}
