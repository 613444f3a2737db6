// A carrier of one's own as a Lambda function: the contract of ShipEngine Connect, without a dependency.
//
// The hub sends a TrackingRequest; this answers from a table of parcels where a real one would call the carrier. Deploy
// it as it is (index.handler, nodejs24.x), put its ARN into the template's parameter CarrierFunctions, and name it in a
// connection (docs/live-tracking.md).

const parcels = {
  JS00000001: {
    tracking_number: "JS00000001",
    standardized_status_code: "DE",
    carrier_status_code: "DLV",
    carrier_status_description: "Delivered",
    actual_delivery_datetime: "2026-11-20T12:30:00Z",
    events: [
      {
        event_datetime: "2026-11-20T12:30:00Z",
        event_datetime_local: "2026-11-20T13:30:00",
        event_code: "DLV",
        description: "Delivered",
        city: "Lausanne",
        country: "CH",
        signer: "M. Rochat",
        status_code: "DE",
      },
    ],
  },
};

// The hub tells errors apart by their names.
export class UnauthorizedError extends Error {
  name = "UnauthorizedError";
}

export async function handler(request) {
  const asked = (request.identifiers ?? []).find((identifier) => identifier.type === "tracking_number");
  // A number that is not known yet is no error.
  const parcel = parcels[asked?.value];
  return parcel ? { tracking_info: parcel } : {};
}

// Bulk import is a second function of the same folder (index.imports). Connect's own form of it is a generator of items;
// here they go out as JSON Lines, in one answer of at most 6 MB. `cursor` and `next` make pages of it.
export async function* ImportTrackingEvents(request) {
  for (const parcel of Object.values(parcels)) {
    if (!request.depot || parcel.events.some((event) => event.city === request.depot)) {
      yield { tracking_info: parcel };
    }
  }
}

export async function imports(request) {
  const lines = [];
  for await (const item of ImportTrackingEvents(request)) {
    lines.push(JSON.stringify(item));
  }
  return lines.join("\n");
}

// And a third one, if a run is to be of several inputs, or not to be now (index.ScheduledFunction): a call of
// ImportTrackingEvents for each element, none for an empty list, one without an input for null.
export async function ScheduledFunction() {
  return [{ depot: "Lausanne" }, { depot: "Sion" }];
}
