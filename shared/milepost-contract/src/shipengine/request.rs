use milepost_model::{CarrierCode, Invalid, LabelId, TrackingNumber};

use crate::shipengine::Problem;

/// The query of `/v1/tracking`, `/v1/tracking/start` and `/v1/tracking/stop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingQuery {
    /// The carrier, aliases resolved: who asks for `stamps_com` asks for `usps`. A code that nobody knows is kept,
    /// for an account may have a connection under it.
    ///
    /// At least one of this and [`TrackingQuery::carrier_id`] is there. Where both are, they must agree: whoever knows
    /// the account's connections answers [`Problem::CarrierMismatch`] if they do not, since an answer about one of two
    /// carriers would be a guess.
    pub carrier_code: Option<CarrierCode>,
    /// The number of one of the account's connections, 1 and up.
    pub carrier_id: Option<i32>,
    /// The parcel.
    pub tracking_number: TrackingNumber,
    /// What the account calls the parcel's label; only `/v1/tracking/start` looks at it.
    pub label_id: Option<LabelId>,
}

impl TrackingQuery {
    /// Reads the query's pairs, percent-decoded. An empty value counts as not sent; other names are let pass, as
    /// ShipEngine does.
    ///
    /// # Errors
    /// [`Problem::MissingParameter`] and [`Problem::InvalidValue`].
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let (mut code, mut id, mut number, mut label) = (None, None, None, None);
        for (name, value) in pairs {
            match name {
                "carrier_code" => once(&mut code, CARRIER_CODE, value)?,
                "carrier_id" => once(&mut id, CARRIER_ID, value)?,
                "tracking_number" => once(&mut number, TRACKING_NUMBER, value)?,
                "label_id" => once(&mut label, LABEL_ID, value)?,
                _ => {}
            }
        }
        let (carrier_code, carrier_id) = (code.map(carrier_code).transpose()?, id.map(carrier_id).transpose()?);
        if carrier_code.is_none() && carrier_id.is_none() {
            return Err(Problem::MissingParameter {
                field: CARRIER_CODE,
                example: "usps",
            });
        }
        let tracking_number = number.ok_or(Problem::MissingParameter {
            field: TRACKING_NUMBER,
            example: "9405511899223197428490",
        })?;
        Ok(Self {
            carrier_code,
            carrier_id,
            tracking_number: TrackingNumber::parse(tracking_number)
                .map_err(|invalid| refused(TRACKING_NUMBER, &invalid))?,
            label_id: label
                .map(|label| LabelId::parse(label).map_err(|invalid| refused(LABEL_ID, &invalid)))
                .transpose()?,
        })
    }
}

const CARRIER_CODE: &str = "carrier_code";
const CARRIER_ID: &str = "carrier_id";
const TRACKING_NUMBER: &str = "tracking_number";
const LABEL_ID: &str = "label_id";

/// Of two different values neither is the one that was meant.
fn once<'a>(seen: &mut Option<&'a str>, field: &'static str, value: &'a str) -> Result<(), Problem> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(());
    }
    match seen.replace(value) {
        Some(earlier) if earlier != value => Err(Problem::invalid(
            field,
            "it is sent twice with different values: send it once",
        )),
        _ => Ok(()),
    }
}

fn carrier_code(written: &str) -> Result<CarrierCode, Problem> {
    match milepost_carriers::resolve(written) {
        Some(carrier) => Ok(carrier),
        None => CarrierCode::parse(written).map_err(|invalid| refused(CARRIER_CODE, &invalid)),
    }
}

/// `se-7`, as ShipEngine's queries write it, or `7`, as its answers do.
fn carrier_id(written: &str) -> Result<i32, Problem> {
    let digits = written.strip_prefix("se-").unwrap_or(written);
    let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(id) if only_digits && id > 0 => Ok(id),
        _ => Err(Problem::invalid(
            CARRIER_ID,
            "it is \"se-\" and a number, as `milepost connection list` shows it",
        )),
    }
}

fn refused(field: &'static str, invalid: &Invalid) -> Problem {
    Problem::invalid(field, invalid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expect` is carrier code, carrier id and number, or what the problem's message begins with.
    #[track_caller]
    fn check(query: &str, expect: Result<(Option<&str>, Option<i32>, &str), &str>) {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let got = TrackingQuery::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
        match (got, expect) {
            (Ok(got), Ok(expect)) => {
                let carrier = got.carrier_code.as_ref().map(CarrierCode::as_str);
                assert_eq!(
                    (carrier, got.carrier_id, got.tracking_number.as_str()),
                    expect,
                    "{query}"
                );
            }
            (Err(problem), Err(message)) => {
                assert!(problem.to_string().starts_with(message), "{query}: {problem}");
            }
            (got, expect) => panic!("{query}: {got:?}, expected {expect:?}"),
        }
    }

    #[test]
    fn queries() {
        let ok = |carrier, id| Ok((carrier, id, "94055118"));
        check("carrier_code=usps&tracking_number=94055118", ok(Some("usps"), None));
        check("tracking_number=9405+5118%20&carrier_code=USPS", ok(Some("usps"), None));
        check(
            "carrier_code=stamps_com&tracking_number=94055118",
            ok(Some("usps"), None),
        );
        check(
            "carrier_code=my_courier&tracking_number=94055118",
            ok(Some("my_courier"), None),
        );
        check("carrier_id=se-7&tracking_number=94055118", ok(None, Some(7)));
        check("carrier_id=7&tracking_number=94055118", ok(None, Some(7)));
        check(
            "carrier_id=7&carrier_code=usps&tracking_number=94055118",
            ok(Some("usps"), Some(7)),
        );
        check(
            "carrier_code=&carrier_id=se-7&tracking_number=94055118",
            ok(None, Some(7)),
        );
        check(
            "carrier_code=usps&tracking_number=94055118&tracking_number=94055118&x=y",
            ok(Some("usps"), None),
        );
    }

    #[test]
    fn problems() {
        fn refuse(query: &str, message: &str) {
            check(query, Err(message));
        }
        refuse("tracking_number=94055118", "carrier_code is missing or empty");
        refuse("carrier_code=usps", "tracking_number is missing or empty");
        refuse(
            "carrier_code=usps&tracking_number=%20",
            "tracking_number is missing or empty",
        );
        refuse(
            "carrier_code=dhl-express&tracking_number=94055118",
            "carrier_code is not valid: a carrier code is",
        );
        refuse(
            "carrier_code=usps&tracking_number=AB1",
            "tracking_number is not valid: a tracking number has 4 to 50",
        );
        refuse(
            "carrier_code=usps&tracking_number=N/A",
            "tracking_number is not valid: this is a placeholder",
        );
        refuse(
            "carrier_code=usps&tracking_number=AB1234&tracking_number=AB1235",
            "tracking_number is not valid: it is sent twice",
        );
        refuse(
            "carrier_code=usps&tracking_number=94055118&label_id=a%2Fb",
            "label_id is not valid: a label id is 1 to 50",
        );
        for id in ["se-", "se-0", "0", "-7", "se-+7", "se-7a", "2147483648", "se-se-7"] {
            let query = form_urlencoded::Serializer::new("tracking_number=94055118".to_owned())
                .append_pair("carrier_id", id)
                .finish();
            refuse(&query, "carrier_id is not valid: it is \"se-\"");
        }
    }

    #[test]
    fn the_field_is_named() {
        let problem = TrackingQuery::from_pairs([("carrier_code", "usps")]).unwrap_err();
        let body = problem.body("");
        assert_eq!(body.errors[0].error_code, "field_value_required");
        assert_eq!(body.errors[0].field_name.as_deref(), Some("tracking_number"));
    }
}
