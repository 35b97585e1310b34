//! Business status: the application's own refusal, beside the errors of the framework.
//!
//! Over TTHeader it travels in the headers `biz-status` (decimal), `biz-message` and `biz-extra` (a JSON object of strings),
//! as Kitex's `ServerTTHeaderHandler` writes them; code 0 stands for "none".

use std::collections::BTreeMap;
use std::fmt;

/// Code, message and extra values with which an application refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BizStatus {
    code: i32,
    message: String,
    extra: BTreeMap<String, String>,
}

impl BizStatus {
    pub(crate) fn new(code: i32, message: String, extra: BTreeMap<String, String>) -> BizStatus {
        BizStatus {
            code,
            message,
            extra,
        }
    }

    /// The application's number for it.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// The application's words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Further values by name.
    pub fn extra(&self) -> &BTreeMap<String, String> {
        &self.extra
    }

    /// The headers that carry it.
    pub(crate) fn to_headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            (STATUS, self.code.to_string()),
            (MESSAGE, self.message.clone()),
        ];
        if !self.extra.is_empty() {
            // A map of strings always has a JSON form.
            headers.push((
                EXTRA,
                serde_json::to_string(&self.extra).unwrap_or_default(),
            ));
        }
        headers
    }

    /// Reads the headers of a reply. `None` without `biz-status`, or with code 0.
    pub(crate) fn from_headers<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<BizStatus> {
        let code: i32 = header(STATUS)?.parse().ok()?;
        if code == 0 {
            return None;
        }
        let extra = header(EXTRA).and_then(|text| serde_json::from_str(text).ok());
        let message = header(MESSAGE).unwrap_or_default().to_owned();
        Some(BizStatus {
            code,
            message,
            extra: extra.unwrap_or_default(),
        })
    }
}

impl fmt::Display for BizStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "business status {}: {}", self.code, self.message)
    }
}

const STATUS: &str = "biz-status";
const MESSAGE: &str = "biz-message";
const EXTRA: &str = "biz-extra";

#[cfg(test)]
mod tests {
    use super::*;

    fn through_headers(status: &BizStatus) -> Option<BizStatus> {
        let headers = status.to_headers();
        let find = |key: &str| {
            headers
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, v)| v.as_str())
        };
        BizStatus::from_headers(find)
    }

    #[test]
    fn headers_carry_everything() {
        let extra = BTreeMap::from([("ключ".to_owned(), "\"quoted\"\n".to_owned())]);
        for extra in [BTreeMap::new(), extra] {
            let status = BizStatus::new(-404, "no such bird".to_owned(), extra);
            assert_eq!(through_headers(&status), Some(status));
        }
    }

    #[test]
    fn code_zero_and_bad_headers_are_no_status() {
        assert_eq!(
            through_headers(&BizStatus::new(0, "fine".to_owned(), BTreeMap::new())),
            None
        );
        assert_eq!(BizStatus::from_headers(|_| None), None);
        assert_eq!(BizStatus::from_headers(|_| Some("not a number")), None);
        let bad_extra =
            |key: &str| (key != MESSAGE).then_some(if key == STATUS { "7" } else { "{" });
        let status = BizStatus::from_headers(bad_extra).unwrap();
        assert_eq!((status.code(), status.extra().len()), (7, 0));
    }
}
