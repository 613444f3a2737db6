//! How far the asking has come about a parcel: polls that are due, who is asking now.
//!
//! A poll costs two write units: the entry that is due next, then the state that makes it count. Whoever asks has moved
//! the state first, on the condition that it is as it was read: so of all who would ask at once, one does.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use jiff::Timestamp;
use milepost_model::{AccountId, LiveKey, LiveState};

use crate::calls::Answer;
use crate::items::live::{ACCOUNT, ASKED, BEGAN, DUE, HELD, POLLS, from_item, key};
use crate::items::{instant, number, text};
use crate::once::{PUT_BY, Token};
use crate::{DueKind, Store, StoreError, TTL_ATTRIBUTE};

/// A state lives so long past what it says last: longer than any pause between polls, and than any answer is fresh.
const KEPT_DAYS: i64 = 60;

/// The right to ask about a parcel, until it is given back or has run out.
#[derive(Debug, Clone)]
pub struct Asking {
    key: LiveKey,
    token: Token,
    before: Option<Timestamp>,
    /// For a poll: how many were made before it.
    polls_before: Option<u32>,
}

impl Asking {
    /// Which parcel.
    pub fn key(&self) -> &LiveKey {
        &self.key
    }
}

impl Store {
    /// How far the asking has come about a parcel.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn live_state(&self, of: &LiveKey) -> Result<Option<LiveState>, StoreError> {
        let item = self.get(&key(of)).await?;
        item.map(|item| self.read(from_item(&item))).transpose()
    }

    /// Begins a parcel's polls, or puts the next one at another instant: the entry first, then the state, if its `due`
    /// is still what `seen` says. `payload` is what the tick wants to know before it reads the parcel.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn put_poll(
        &self,
        of: &LiveKey,
        account: &AccountId,
        seen: Option<Timestamp>,
        due: Timestamp,
        payload: &str,
    ) -> Result<bool, StoreError> {
        self.put_due(DueKind::Poll, &of.to_text(), due.as_millisecond(), payload)
            .await?;
        let began = if seen.is_none() {
            format!(", {BEGAN} = :due REMOVE {POLLS}")
        } else {
            String::new()
        };
        let update = self
            .update(&key(of))
            .update_expression(format!(
                "SET v = :v, {DUE} = :due, {ACCOUNT} = :account, {TTL_ATTRIBUTE} = :expires{began}"
            ))
            .expression_attribute_values(":v", number(1))
            .expression_attribute_values(":due", instant(due))
            .expression_attribute_values(":account", text(account.as_str()))
            .expression_attribute_values(":expires", number(expires_at(due)));
        let update = on_condition(update, DUE, seen);
        // A second try of an applied write is refused by its own `due`, which is no loss: the entry counts.
        Ok(match self.do_update(update).await? {
            Answer::Done(_) => true,
            Answer::Refused(there) => there.is_some_and(|there| there.get(DUE) == Some(&instant(due))),
        })
    }

    /// Takes the poll that was due at `state.due`: puts the next entry, if there is to be one, moves the state and counts
    /// the poll. `None` when another has taken it, or is asking.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn take_poll(
        &self,
        state: &LiveState,
        next: Option<(Timestamp, &str)>,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Option<Asking>, StoreError> {
        let token = Token::new()?;
        if let Some((due, payload)) = next {
            self.put_due(DueKind::Poll, &state.key.to_text(), due.as_millisecond(), payload)
                .await?;
        }
        let next = next.map(|(due, _)| due);
        let set =
            format!("SET {PUT_BY} = :by, {ASKED} = :now, {HELD} = :held, {TTL_ATTRIBUTE} = :expires, {POLLS} = :polls");
        let update = self
            .update(&key(&state.key))
            .expression_attribute_values(":by", token.value())
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":held", instant(held_until))
            .expression_attribute_values(":expires", number(expires_at(next.unwrap_or(now))))
            .expression_attribute_values(":polls", number(state.polls.saturating_add(1)));
        let update = match next {
            Some(due) => update
                .update_expression(format!("{set}, {DUE} = :due"))
                .expression_attribute_values(":due", instant(due)),
            None => update.update_expression(format!("{set} REMOVE {DUE}")),
        };
        let update = match state.due {
            Some(seen) => update
                .condition_expression(format!("{DUE} = :seen AND {FREE}"))
                .expression_attribute_values(":seen", instant(seen)),
            None => update.condition_expression(format!("attribute_not_exists({DUE}) AND {FREE}")),
        };
        let asking = self.asking(update, &state.key, token, state.asked).await?;
        Ok(asking.map(|asking| Asking {
            polls_before: Some(state.polls),
            ..asking
        }))
    }

    /// Takes the right to ask outside of the polls: for a lookup. `None` when somebody is asking, or has asked since
    /// `seen` was read.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn take_asking(
        &self,
        of: &LiveKey,
        account: &AccountId,
        seen: Option<&LiveState>,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Option<Asking>, StoreError> {
        let token = Token::new()?;
        let asked = seen.and_then(|state| state.asked);
        let polled = seen.is_some_and(|state| state.due.is_some());
        // A chain of polls has its own end in mind; it must not be shortened.
        let expires = if polled {
            String::new()
        } else {
            format!(", {TTL_ATTRIBUTE} = :expires")
        };
        let update = self
            .update(&key(of))
            .update_expression(format!(
                "SET v = :v, {PUT_BY} = :by, {ASKED} = :now, {HELD} = :held, {ACCOUNT} = if_not_exists({ACCOUNT}, \
                 :account){expires}"
            ))
            .expression_attribute_values(":v", number(1))
            .expression_attribute_values(":by", token.value())
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":held", instant(held_until))
            .expression_attribute_values(":account", text(account.as_str()));
        let update = match polled {
            true => update,
            false => update.expression_attribute_values(":expires", number(expires_at(now))),
        };
        let update = match asked {
            Some(asked) => update
                .condition_expression(format!("{ASKED} = :seen AND {FREE}"))
                .expression_attribute_values(":seen", instant(asked)),
            None => update.condition_expression(format!("attribute_not_exists({ASKED}) AND {FREE}")),
        };
        self.asking(update, of, token, asked).await
    }

    async fn asking(
        &self,
        update: UpdateItemFluentBuilder,
        of: &LiveKey,
        token: Token,
        before: Option<Timestamp>,
    ) -> Result<Option<Asking>, StoreError> {
        let taken = match self.do_update(update).await? {
            Answer::Done(_) => true,
            Answer::Refused(there) => token.wrote(there.as_ref()),
        };
        Ok(taken.then(|| Asking {
            key: of.clone(),
            token,
            before,
            polls_before: None,
        }))
    }

    /// Gives the right to ask back. Without an answer it is as if nobody had asked: the next lookup asks again, and a poll
    /// does not count.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn end_asking(&self, asking: &Asking, answered: bool) -> Result<(), StoreError> {
        let (mut set, mut remove) = (Vec::new(), vec![HELD]);
        match (answered, asking.before) {
            (true, _) => {}
            (false, Some(_)) => set.push(format!("{ASKED} = :before")),
            (false, None) => remove.push(ASKED),
        }
        let polls = asking.polls_before.filter(|_| !answered);
        if polls.is_some() {
            set.push(format!("{POLLS} = :polls"));
        }
        let set = match set.is_empty() {
            true => String::new(),
            false => format!("SET {} ", set.join(", ")),
        };
        let expression = format!("{set}REMOVE {}", remove.join(", "));
        let mut update = self
            .update(&key(&asking.key))
            .update_expression(expression)
            .condition_expression(format!("{PUT_BY} = :by"))
            .expression_attribute_values(":by", asking.token.value());
        if let (false, Some(before)) = (answered, asking.before) {
            update = update.expression_attribute_values(":before", instant(before));
        }
        if let Some(polls) = polls {
            update = update.expression_attribute_values(":polls", number(polls));
        }
        // Refused: somebody has asked since, and the right is that one's.
        self.do_update(update).await?;
        Ok(())
    }

    /// Ends a parcel's polls, if the next one is still due when `seen` says.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn end_polls(&self, of: &LiveKey, seen: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .update(&key(of))
            .update_expression(format!("REMOVE {DUE}, {BEGAN}, {POLLS}"));
        let update = on_condition(update, DUE, Some(seen));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }
}

/// Nobody is asking.
const FREE: &str = "(attribute_not_exists(held_until) OR held_until <= :now)";

fn on_condition(
    update: UpdateItemFluentBuilder,
    name: &'static str,
    seen: Option<Timestamp>,
) -> UpdateItemFluentBuilder {
    match seen {
        Some(seen) => update
            .condition_expression(format!("{name} = :seen"))
            .expression_attribute_values(":seen", instant(seen)),
        None => update.condition_expression(format!("attribute_not_exists({name})")),
    }
}

fn expires_at(at: Timestamp) -> i64 {
    at.as_second() + KEPT_DAYS * 86_400
}
