//! The numbers of a file that its account should own.

use std::collections::BTreeSet;

use crate::audit::entries::{recipient, sender};
use crate::audit::shape::shapes;
use crate::dotenv::EnvFile;

/// The senders of one project that are numbers of Twilio's in E.164. Short codes, messaging services and names are none;
/// a sender on `WhatsApp`, a caller ID and whom messages go to need not be a number of the account at all.
#[must_use]
pub fn numbers(file: &EnvFile, prefix: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    shapes(file)
        .filter_map(|shape| {
            let name = &shape.at.name;
            let at =
                name.find("TWILIO_").filter(|_| sender(name) && !recipient(name) && !name.ends_with("CALLER_ID"))?;
            let number = shape.meant().filter(|_| name[..at].trim_end_matches('_') == prefix)?;
            let digits = number.strip_prefix('+')?;
            let whole = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            (whole && seen.insert(name.clone())).then(|| (name.clone(), number.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_project_that_twilio_lists() {
        let file = EnvFile::parse(
            b"TWILIO_PHONE_NUMBER=+15550100000\nA_TWILIO_FROM=+15550100001\nTWILIO_SENDER=whatsapp:+15550100002\n\
              TWILIO_CALLER_ID=+15550100003\nTWILIO_FROM=12345\nTWILIO_NUMBER=Acme\n\
              TWILIO_ADMIN_PHONE_NUMBER=+15550100004\n",
        );
        assert_eq!(numbers(&file, ""), [("TWILIO_PHONE_NUMBER".to_owned(), "+15550100000".to_owned())]);
        assert_eq!(numbers(&file, "A"), [("A_TWILIO_FROM".to_owned(), "+15550100001".to_owned())]);
    }
}
