//! Deliveries: the log of what was sent, and the filter that sends it once.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use jiff::Timestamp;
use milepost_model::{AccountId, Attempt, Delivery, DeliveryId, DeliveryState, EndpointId};

use crate::calls::Answer;
use crate::items::delivery::{self, ATTEMPTS, MARK, PHASE, RETRY_AT, WAITING};
use crate::items::{Item, bytes, checked, instant, is_alive, key_item, list, number, text};
use crate::keys::{account_partition, sortable_ms};
use crate::listing::{Listing, Part};
use crate::once::{Placed, request_token};
use crate::{Key, PARTITION_KEY, SORT_KEY, Store, StoreError};

/// Deliveries are kept for so many days: long enough to ask about last month's.
pub const DELIVERY_DAYS: i64 = 30;

/// Attempts kept: the ten of the schedule and forty by hand. A further one takes the place of the last.
const MAX_ATTEMPTS: usize = 50;

const DAY: i64 = 86_400;

/// Which of an account's deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRange {
    /// Those behind this one in the list.
    pub before: Option<DeliveryPlace>,
    /// Those made at this instant or later.
    pub since: Option<Timestamp>,
    /// So many at most.
    pub limit: usize,
}

/// The place of a delivery in its account's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPlace {
    /// When it was made.
    pub created: Timestamp,
    /// Which.
    pub id: DeliveryId,
}

/// Some of an account's deliveries.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryPage {
    /// Newest first, without their bodies.
    pub deliveries: Vec<Delivery>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<DeliveryPlace>,
}

/// A delivery that waits until its endpoint answers again.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldDelivery {
    /// Without its body.
    pub delivery: Delivery,
    /// Whether somebody asked for the attempt that waits.
    pub by_hand: bool,
    /// Which of the entries that the delivery has had one after the other.
    pub mark: Option<String>,
}

impl Store {
    /// Puts a delivery; `false` when one with its id is there, which then stays as it is.
    ///
    /// The body goes first, so that a delivery that is there has one. A repeat that loses leaves a body without a
    /// delivery, which no list shows and which expires.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_delivery(&self, new: &Delivery) -> Result<bool, StoreError> {
        let expires_at = new.created.as_second() + DELIVERY_DAYS * DAY;
        let standing = checked("delivery", delivery::to_item(new, expires_at))?;
        let message = delivery::to_message(new, expires_at)?;
        self.do_put(self.put(message)).await?;
        Ok(matches!(self.put_new(standing).await?, Placed::New))
    }

    /// One delivery with its body. A caller that has the time asks whether it has expired by [`DELIVERY_DAYS`].
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let Some(item) = self.get(&delivery::key(account, id)).await? else {
            return Ok(None);
        };
        let found = self.read(delivery::from_item(&item))?;
        let Some(message) = self.get(&delivery::message_key(&found)).await? else {
            // The two expire together, and DynamoDB may delete the body first.
            return Ok(None);
        };
        let body = self.read(delivery::body(&message))?;
        Ok(Some(Delivery { body, ..found }))
    }

    /// Adds an attempt to a delivery that has `after` attempts, and says how it stands now; `false` when there
    /// is no such delivery, or another attempt was recorded first. An attempt that is there already is not added again.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn record_attempt(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        attempt: &Attempt,
        state: DeliveryState,
        after: usize,
    ) -> Result<bool, StoreError> {
        let key = delivery::key(account, id);
        let packed = delivery::pack_attempt(attempt);
        let append = self
            .state_update(&key, state, &format!(", {ATTEMPTS} = list_append({ATTEMPTS}, :new)"))
            .condition_expression(format!(
                "attribute_exists(pk) AND size({ATTEMPTS}) = :after \
                 AND size({ATTEMPTS}) < :most AND NOT contains({ATTEMPTS}, :attempt)"
            ))
            .expression_attribute_values(":after", number(i128::try_from(after).unwrap_or(i128::MAX)))
            .expression_attribute_values(":new", list(vec![bytes(packed.as_slice())]))
            .expression_attribute_values(":attempt", bytes(packed.as_slice()))
            .expression_attribute_values(":most", number(i128::try_from(MAX_ATTEMPTS).unwrap_or_default()));
        let there = match self.do_update(append).await? {
            Answer::Done(_) => return Ok(true),
            Answer::Refused(None) => return Ok(false),
            Answer::Refused(Some(there)) => there,
        };
        let (count, has_it) = self.read(delivery::attempts(&there, &packed))?;
        if has_it || count < MAX_ATTEMPTS {
            return Ok(has_it);
        }
        let last = MAX_ATTEMPTS - 1;
        let replace = self
            .state_update(&key, state, &format!(", {ATTEMPTS}[{last}] = :attempt"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":attempt", bytes(packed));
        Ok(matches!(self.do_update(replace).await?, Answer::Done(_)))
    }

    /// Says how a delivery stands without an attempt; `false` when there is no such delivery.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn set_delivery_state(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        state: DeliveryState,
    ) -> Result<bool, StoreError> {
        let update = self
            .state_update(&delivery::key(account, id), state, "")
            .condition_expression("attribute_exists(pk)");
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    /// Puts off a delivery that waits for just the instant `from`; `false` when it does not, or not any more. Of several
    /// that find the same entry due, one gets `true`.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn put_off_retry(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<bool, StoreError> {
        let state = DeliveryState::Waiting { retry_at: to };
        let update = self
            .state_update(&delivery::key(account, id), state, "")
            .condition_expression(format!("{PHASE} = :waiting AND {RETRY_AT} = :from"))
            .expression_attribute_values(":waiting", text(WAITING))
            .expression_attribute_values(":from", instant(from));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    /// Has a delivery that has `after` attempts wait until an instant, whatever became of it; `false` when there is no such
    /// delivery, or it has another number of attempts by now.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn wait_again(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        after: usize,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let state = DeliveryState::Waiting { retry_at: until };
        let update = self
            .state_update(&delivery::key(account, id), state, "")
            .condition_expression(format!("attribute_exists(pk) AND size({ATTEMPTS}) = :after"))
            .expression_attribute_values(":after", number(i128::try_from(after).unwrap_or(i128::MAX)));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    /// Says that a delivery that still waits, and has `after` attempts, is held; `false` when another has gone on with it.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn hold_delivery(&self, account: &AccountId, id: &DeliveryId, after: usize) -> Result<bool, StoreError> {
        let (held, _) = delivery::phase(DeliveryState::Held);
        let update = self
            .state_update(&delivery::key(account, id), DeliveryState::Held, "")
            .condition_expression(format!("size({ATTEMPTS}) = :after AND {PHASE} IN (:waiting, :held)"))
            .expression_attribute_values(":after", number(i128::try_from(after).unwrap_or(i128::MAX)))
            .expression_attribute_values(":waiting", text(WAITING))
            .expression_attribute_values(":held", text(held));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    /// A page of an account's deliveries, newest first, without their bodies. What has expired by `now_s`, in Unix
    /// seconds, is left out, so a page may hold fewer than its limit although more follow.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn deliveries(
        &self,
        account: &AccountId,
        range: DeliveryRange,
        now_s: i64,
    ) -> Result<DeliveryPage, StoreError> {
        let behind = range.before.map(|place| {
            key_item(&Key::Message {
                account: account.clone(),
                created_ms: place.created.as_millisecond(),
                id: place.id,
            })
        });
        let part = match range.since {
            // `N` is the character after `M`.
            Some(since) => Part::Between(format!("M#{}", sortable_ms(since.as_millisecond())), "N".to_owned()),
            None => Part::Prefix("M#".to_owned()),
        };
        let messages = Listing {
            descending: true,
            behind,
            limit: Some(range.limit),
            only: Some("pk, sk"),
            ..Listing::of(account_partition(account), part)
        };
        let messages = self.list(messages).await?;
        let next = messages.stopped_at.as_ref().and_then(message_id);
        let ids: Vec<(i64, DeliveryId)> = messages.items.iter().filter_map(message_id).collect();
        let deliveries = self.standings(account, &ids, now_s).await?;
        Ok(DeliveryPage {
            deliveries,
            next: next.and_then(|(created_ms, id)| {
                let created = Timestamp::from_millisecond(created_ms).ok()?;
                Some(DeliveryPlace { created, id })
            }),
        })
    }

    /// Those of these deliveries that are there, without their bodies.
    ///
    /// # Errors
    /// As [`Store::deliveries`].
    pub async fn deliveries_by_id(
        &self,
        account: &AccountId,
        ids: &[DeliveryId],
        now_s: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let keys = ids.iter().map(|id| delivery::key(account, id));
        let items = self.get_all(keys, None).await?;
        let alive = items.iter().filter(|item| is_alive(item, now_s));
        alive.map(|item| self.read(delivery::from_item(item))).collect()
    }

    /// The same deliveries with their bodies, in the same order. One whose body has expired is left out.
    ///
    /// # Errors
    /// As [`Store::deliveries`].
    pub async fn with_bodies(&self, mut deliveries: Vec<Delivery>) -> Result<Vec<Delivery>, StoreError> {
        let items = self.get_all(deliveries.iter().map(delivery::message_key), None).await?;
        let mut bodies = BTreeMap::new();
        for item in &items {
            if let Some(place) = message_id(item) {
                bodies.insert(place, self.read(delivery::body(item))?);
            }
        }
        deliveries.retain_mut(|delivery| {
            let body = bodies.remove(&(delivery.created.as_millisecond(), delivery.id.clone()));
            delivery.body = body.unwrap_or_default();
            !delivery.body.is_empty()
        });
        Ok(deliveries)
    }

    /// Notes that a delivery waits until its endpoint answers again, and whether somebody asked for the attempt. Its state
    /// is written behind this, so that whoever releases finds each delivery that says that it is held. Each entry has a
    /// mark of its own.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Random`].
    pub async fn put_held(&self, held: &Delivery, by_hand: bool) -> Result<(), StoreError> {
        let expires_at = held.created.as_second() + DELIVERY_DAYS * DAY;
        self.do_put(self.put(delivery::to_held(held, by_hand, &request_token()?, expires_at)))
            .await?;
        Ok(())
    }

    /// The deliveries that wait for an endpoint, oldest first, without bodies, `limit` at most; and whether there
    /// are more. One that is gone is not among them, and waits no more.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn held_deliveries(
        &self,
        account: &AccountId,
        endpoint: &EndpointId,
        limit: usize,
        now_s: i64,
    ) -> Result<(Vec<HeldDelivery>, bool), StoreError> {
        let held = Listing {
            limit: Some(limit),
            ..Listing::of(account_partition(account), Part::Prefix(format!("H#{}#", endpoint.0)))
        };
        let held = self.list(held).await?;
        let ids: Vec<(i64, DeliveryId)> = held.items.iter().filter_map(message_id).collect();
        let entries = held.items.iter().filter_map(|item| {
            let (_, id) = message_id(item)?;
            Some((id, (delivery::is_by_hand(item), delivery::mark(item))))
        });
        let entries: BTreeMap<_, _> = entries.collect();
        let standing = self.standings(account, &ids, now_s).await?;
        for (created_ms, id) in ids {
            if !standing.iter().any(|delivery| delivery.id == id) {
                let key = Key::Held {
                    account: account.clone(),
                    endpoint: endpoint.clone(),
                    created_ms,
                    id,
                };
                self.do_delete(self.delete(&key)).await?;
            }
        }
        let standing = standing.into_iter().map(|delivery| {
            let (by_hand, mark) = entries.get(&delivery.id).copied().unwrap_or_default();
            HeldDelivery {
                delivery,
                by_hand,
                mark: mark.map(ToOwned::to_owned),
            }
        });
        Ok((standing.collect(), held.stopped_at.is_some()))
    }

    /// A delivery waits for its endpoint no more. Has it been held again since this entry was read, the new one stays.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn remove_held(&self, held: &HeldDelivery) -> Result<(), StoreError> {
        let delete = self.delete(&delivery::held_key(&held.delivery));
        let delete = match &held.mark {
            Some(mark) => delete
                .condition_expression("#mark = :seen")
                .expression_attribute_values(":seen", text(mark)),
            None => delete.condition_expression("attribute_not_exists(#mark)"),
        };
        self.do_delete(delete.expression_attribute_names("#mark", MARK)).await?;
        Ok(())
    }

    /// The deliveries that were made at these instants, in this order.
    async fn standings(
        &self,
        account: &AccountId,
        ids: &[(i64, DeliveryId)],
        now_s: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let keys = ids.iter().map(|(_, id)| delivery::key(account, id));
        let items = self.get_all(keys, None).await?;
        let mut standings = BTreeMap::new();
        for item in items.iter().filter(|item| is_alive(item, now_s)) {
            let delivery = self.read(delivery::from_item(item))?;
            standings.insert((delivery.created.as_millisecond(), delivery.id.clone()), delivery);
        }
        // A body whose instant is not the delivery's own was left by a repeat.
        Ok(ids.iter().filter_map(|place| standings.remove(place)).collect())
    }

    fn state_update(&self, key: &Key, state: DeliveryState, more: &str) -> UpdateItemFluentBuilder {
        let (phase, retry_at) = delivery::phase(state);
        let expression = match retry_at {
            Some(_) => format!("SET {PHASE} = :phase, {RETRY_AT} = :retry{more}"),
            None => format!("SET {PHASE} = :phase{more} REMOVE {RETRY_AT}"),
        };
        let update = self
            .update(key)
            .update_expression(expression)
            .expression_attribute_values(":phase", text(phase));
        match retry_at {
            Some(at) => update.expression_attribute_values(":retry", instant(at)),
            None => update,
        }
    }
}

/// When a message, or what is held, was made and for which delivery, from its keys.
fn message_id(item: &Item) -> Option<(i64, DeliveryId)> {
    let key = |name| item.get(name)?.as_s().ok();
    match Key::parse(key(PARTITION_KEY)?, key(SORT_KEY)?).ok()? {
        Key::Message { created_ms, id, .. } | Key::Held { created_ms, id, .. } => Some((created_ms, id)),
        _ => None,
    }
}
