//! Whatever comes back, nothing panics, and every number has its outcome.

use proptest::prelude::*;

use crate::fixture::{CARRIERS, carrier, fixtures, fold};

fn whole(code: &str, status: u16, body: &[u8]) {
    let carrier = carrier(code);
    for (name, mut fixture) in fixtures(code).into_iter().take(2) {
        fixture.status = status;
        let outcomes = fixture.read(carrier, body);
        assert_eq!(outcomes.len(), fixture.asked.len(), "{name}");
        for outcome in outcomes {
            if let Ok(answer) = outcome.result {
                let _ = fold(code, &outcome.number, &answer);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        for code in CARRIERS {
            whole(code, status, &body);
        }
    }

    /// A good answer with bytes changed, cut out or doubled.
    #[test]
    fn damaged_answers(which in 0usize..1_000, at in 0.0f64..1.0, len in 0usize..60, byte in any::<u8>(), how in 0u8..4) {
        for code in CARRIERS {
            let all = fixtures(code);
            let (name, fixture) = &all[which % all.len()];
            let mut body = fixture.bytes();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short text")]
            let from = (at * body.len() as f64) as usize;
            let to = (from + len).min(body.len());
            match how {
                0 => body[from..to].fill(byte),
                1 => drop(body.drain(from..to)),
                2 => body.truncate(from),
                _ => {
                    let copy = body[from..to].to_vec();
                    body.splice(from..from, copy);
                }
            }
            let outcomes = fixture.read(carrier(code), &body);
            prop_assert_eq!(outcomes.len(), fixture.asked.len(), "{}", name);
            for outcome in outcomes {
                if let Ok(answer) = outcome.result {
                    let _ = fold(code, &outcome.number, &answer);
                }
            }
        }
    }

    /// A good answer in which one value is of another type, or gone.
    #[test]
    fn values_of_another_type(which in 0usize..1_000, step in 0usize..400, what in 0u8..6) {
        for code in CARRIERS {
            let all = fixtures(code);
            let (_, fixture) = &all[which % all.len()];
            let mut body = fixture.body.clone();
            let mut left = step;
            replace(&mut body, &mut left, what);
            let outcomes = fixture.read(carrier(code), body.to_string().as_bytes());
            prop_assert_eq!(outcomes.len(), fixture.asked.len());
        }
    }
}

/// Replaces the value that is reached after so many others.
fn replace(value: &mut serde_json::Value, left: &mut usize, what: u8) -> bool {
    if *left == 0 {
        *value = match what {
            0 => serde_json::Value::Null,
            1 => serde_json::json!([]),
            2 => serde_json::json!({}),
            3 => serde_json::json!(-1.5e300),
            4 => serde_json::json!("é\u{0}\u{202e}"),
            _ => serde_json::json!([[[{"a": [null]}]]]),
        };
        return true;
    }
    *left -= 1;
    match value {
        serde_json::Value::Array(list) => list.iter_mut().any(|member| replace(member, left, what)),
        serde_json::Value::Object(object) => object.values_mut().any(|member| replace(member, left, what)),
        _ => false,
    }
}
