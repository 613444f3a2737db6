// Requests as Ship24's own Node SDK sends them, which no registry has: the parts of a path encoded, an array for bulk,
// and of an answer only the status and the envelope looked at.
//   node ship24_requests.js URL KEY
"use strict";

const { check, run } = require("./steps");
const story = require("./story.json");

run(async (url, key) => {
  const ask = (method, path, body) => send(url, key, method, path, body);
  await trackers(ask);
  await results(ask);
  await errors(ask, url);
});

async function trackers(ask) {
  const { couriers } = await ask("GET", "/couriers").then(data(200));
  check(`${couriers.length} couriers are listed`, couriers.some((courier) => courier.courierCode === "us-post"), couriers[0]);

  const wanted = { trackingNumber: story.number, courierCode: ["us-post"], clientTrackerId: "order-17" };
  const { tracker } = await ask("POST", "/trackers", wanted).then(data(201));
  const again = (await ask("POST", "/trackers", wanted).then(data(201))).tracker;
  check("a tracker is created once, and 201 both times", again.trackerId === tracker.trackerId, [tracker, again]);
  for (const path of [tracker.trackerId, "order-17?searchBy=clientTrackerId"]) {
    const found = (await ask("GET", `/trackers/${path}`).then(data(200))).tracker;
    check("it is found by its id and by the client's", found.trackerId === tracker.trackerId, found);
  }
  const bulk = await ask("POST", "/trackers/bulk", [{ trackingNumber: "1Z999AA10123456784" }, { trackingNumber: "?" }]);
  const statuses = bulk.body.data?.map((item) => item.itemStatus);
  check("bulk is 207 partial", bulk.status === 207 && bulk.body.status === "partial", bulk);
  check("with an item for each", String(statuses) === "created,error", statuses);
  const page = (await ask("GET", "/trackers?page=1&limit=500&sort=-1").then(data(200))).trackers;
  check("it is in the list", page.some((one) => one.trackerId === tracker.trackerId), page);
  check("of which a page has as many as are asked for", (await ask("GET", "/trackers?limit=1").then(data(200))).trackers.length === 1);
  await told(ask, tracker);
  const left = (await ask("PATCH", `/trackers/${tracker.trackerId}`, { isSubscribed: false }).then(data(200))).tracker;
  check("a tracker is unsubscribed", left.isSubscribed === false, left);
}

// No webhook is told of this tracker, since the account has none of Ship24's style.
async function told(ask, tracker) {
  for (const [id, query] of [[tracker.trackerId, ""], ["order-17", "?searchBy=clientTrackerId"]]) {
    const { summary } = await ask("POST", `/trackers/${id}/webhook-events/resend${query}`).then(data(201));
    check("what it was told is sent again", Number(summary.totalResent) === 0, summary);
    const history = await ask("GET", `/trackers/${id}/webhook-history/download${query}`);
    const { metadata, webhooks } = history.body;
    check("and downloaded", history.status === 200 && metadata.trackerId === tracker.trackerId && webhooks.length === 0, history);
    const name = `webhook-history-${story.number}-\\d{8}\\.json`;
    const written = history.headers.get("content-disposition");
    check("as a file with its number and the day", new RegExp(`filename="?${name}"?`).test(written), written);
  }
}

async function results(ask) {
  // Two of one number, so that both answer a search by number.
  const order = { trackingNumber: story.number, courierCode: "us-post", shipmentReference: "order-18" };
  const { tracker } = await ask("POST", "/trackers", order).then(data(201));
  const [tracking, ...more] = (await ask("GET", `/trackers/${tracker.trackerId}/results`).then(data(200))).trackings;
  check("results are exactly one tracking", more.length === 0 && tracking.events.length === story.events, tracking);
  check("which is delivered", tracking.shipment.statusMilestone === "delivered", tracking.shipment);
  const byNumber = (await ask("GET", `/trackers/search/${story.number}/results`).then(data(200))).trackings;
  check("by number there is one for each tracker", byNumber.length === 2, byNumber);

  const slash = "AB/4711-081523";
  await ask("POST", "/trackers", { trackingNumber: slash }).then(data(201));
  const found = (await ask("GET", `/trackers/search/${encodeURIComponent(slash)}/results`).then(data(200))).trackings;
  check("a number with a slash is found", found.length === 1 && found[0].tracker.trackingNumber === slash, found);
  const atOnce = await ask("POST", "/trackers/track", { trackingNumber: story.number, shipmentReference: "order-19" });
  check("create and track answers trackings", atOnce.status === 201 && atOnce.body.data.trackings.length >= 1, atOnce);
  const search = await ask("POST", "/tracking/search", { trackingNumber: story.number, courierCode: ["us-post"] });
  const [without] = search.body.data?.trackings ?? [];
  check("a search needs no tracker", search.status === 201 && without.events.length > 0 && !without.tracker, search);
}

async function errors(ask, url) {
  const refused = [
    [404, "tracker_not_found", await ask("GET", "/trackers/no-such/results")],
    [404, "tracker_not_found", await ask("POST", "/trackers/no-such/webhook-events/resend")],
    [404, "tracker_not_found", await ask("GET", "/trackers/no-such/webhook-history/download")],
    [404, "tracker_not_found", await ask("GET", "/trackers/search/4711081599/results")],
    [400, "missing_mandatory_field", await ask("POST", "/trackers", {})],
    [400, "validation_error", await ask("POST", "/trackers", { trackingNumber: "?" })],
    [401, "auth_invalid_api_key", await send(url, "apik_wrong", "GET", "/trackers")],
  ];
  for (const [status, code, answer] of refused) {
    const is = answer.status === status && answer.body.errors[0].code === code && answer.body.data === null;
    check(`${status} ${code} is in the envelope of errors`, is, answer);
  }
  const anonymous = await fetch(`${url}/public/v1/trackers`);
  const [{ code }] = (await anonymous.json()).errors;
  check("no key is 400 auth_missing_header", anonymous.status === 400 && code === "auth_missing_header", code);
  check("answers have a request id", anonymous.headers.get("x-request-id"));
}

// An answer, as soon as the limit of a route for each second allows.
async function send(url, key, method, path, body) {
  for (let tries = 1; ; tries++) {
    const answer = await once(url, key, method, path, body);
    if (answer.status !== 429 || tries === 10) {
      return answer;
    }
    await new Promise((over) => setTimeout(over, Number(answer.headers.get("retry-after")) * 1000));
  }
}

async function once(url, key, method, path, body) {
  const headers = { Accept: "application/json", Authorization: `Bearer ${key}` };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  const answer = await fetch(`${url}/public/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: answer.status === 429 ? text : JSON.parse(text) };
}

// What is in the envelope, if the status is the one that the SDK takes.
function data(status) {
  return (answer) => {
    if (answer.status !== status) {
      throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body.data;
  };
}
