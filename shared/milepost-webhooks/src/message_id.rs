//! Message ids: the same for the same news, whoever finds it and however often.

use milepost_model::{DeliveryId, EndpointId, EventIdentity, Follower, FollowerName, Told, ToldTo};
use sha2::{Digest, Sha256};

/// Of a parcel's whole state told to an endpoint.
pub(crate) fn of_state(endpoint: &EndpointId, follower: &Follower, told: &Told) -> DeliveryId {
    let ToldTo { name, started_ms } = ToldTo::of(follower);
    let mut hash = begin(endpoint, follower, &name);
    write(&mut hash, started_ms.to_string().as_bytes());
    write(&mut hash, told.status.code().as_bytes());
    write(&mut hash, &[told.version]);
    write(&mut hash, &told.state);
    for identity in &told.identities {
        hash.update(identity);
    }
    end(hash)
}

/// Of one event told to an endpoint: it can be found again by who knows the follower and the event.
pub(crate) fn of_event(endpoint: &EndpointId, follower: &Follower, event: EventIdentity) -> DeliveryId {
    let mut hash = begin(endpoint, follower, &ToldTo::of(follower).name);
    write(&mut hash, b"event");
    write(&mut hash, &event.short());
    end(hash)
}

fn begin(endpoint: &EndpointId, follower: &Follower, name: &FollowerName) -> Sha256 {
    let mut hash = Sha256::new();
    let name = name.to_string();
    for part in [follower.account.as_str(), &endpoint.0, follower.number.as_str(), &name] {
        write(&mut hash, part.as_bytes());
    }
    hash
}

fn write(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part);
}

fn end(hash: Sha256) -> DeliveryId {
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    DeliveryId(format!("msg_{hex}"))
}
