//! In which order polls that are due are made: the most urgent first, and among equals one of each account in turn.

use std::collections::BTreeMap;

use milepost_model::AccountId;

use super::interval::Urgency;

/// What decides a poll's turn.
pub trait Turn {
    /// Whose poll it is.
    fn account(&self) -> &AccountId;
    /// How urgent it is.
    fn urgency(&self) -> Urgency;
}

/// Brings polls into order; those of one account and urgency stay as they were.
pub fn in_turn<T: Turn>(polls: Vec<T>) -> Vec<T> {
    let mut turns: BTreeMap<(Urgency, AccountId), usize> = BTreeMap::new();
    let mut ordered: Vec<(Urgency, usize, T)> = Vec::with_capacity(polls.len());
    for poll in polls {
        let turn = turns.entry((poll.urgency(), poll.account().clone())).or_default();
        ordered.push((poll.urgency(), *turn, poll));
        *turn += 1;
    }
    ordered.sort_by_key(|(urgency, turn, _)| (*urgency, *turn));
    ordered.into_iter().map(|(_, _, poll)| poll).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Poll(AccountId, Urgency, u32);

    impl Turn for Poll {
        fn account(&self) -> &AccountId {
            &self.0
        }
        fn urgency(&self) -> Urgency {
            self.1
        }
    }

    #[test]
    fn one_of_each_account_in_turn() {
        let poll = |account: &str, urgency, nth| Poll(AccountId::parse(account).unwrap(), urgency, nth);
        let polls = vec![
            poll("big", Urgency::UnderWay, 1),
            poll("big", Urgency::UnderWay, 2),
            poll("big", Urgency::Waiting, 3),
            poll("big", Urgency::UnderWay, 4),
            poll("small", Urgency::UnderWay, 5),
            poll("small", Urgency::Today, 6),
        ];
        let order: Vec<u32> = in_turn(polls).into_iter().map(|poll| poll.2).collect();
        assert_eq!(order, [6, 1, 5, 2, 4, 3]);
    }
}
