//! Phone numbers of an account.

use serde::Deserialize;

use super::Client;
use super::endpoint::Product;
use super::error::Error;
use super::paging::{Next, walk};
use super::transport::{Answer, Call, Login};
use super::wire::{Text, present};
use crate::model::{AccountSid, Credential};

impl Client {
    /// Whether an account owns a phone number, given in E.164. Twilio's own filter takes patterns, so that what it lets
    /// through is compared once more.
    ///
    /// # Errors
    /// As any request. A Restricted key needs the right to list numbers.
    pub async fn owns_number(&self, auth: &Credential, account: &AccountSid, number: &str) -> Result<bool, Error> {
        let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json");
        let mut url = self.endpoint().url(Product::Api, &path);
        url.query_pairs_mut().append_pair("PhoneNumber", number).append_pair("PageSize", "1000");
        let mut owned = false;
        let each = |page: Vec<String>| owned |= page.iter().any(|found| found == number);
        walk(&self.transport, Login::from(auth), url, read_page, each).await?;
        Ok(owned)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    incoming_phone_numbers: Vec<Listed<'a>>,
    #[serde(deserialize_with = "present")]
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    phone_number: Text<'a>,
}

fn read_page(answer: &Answer, call: &Call<'_>) -> Result<(Vec<String>, Next), Error> {
    let page: Page<'_> = answer.read(call, &[200])?;
    let numbers = page.incoming_phone_numbers.iter().map(|listed| listed.phone_number.as_str().to_owned()).collect();
    Ok((numbers, page.next_page_uri.map_or(Next::End, Next::Relative)))
}

#[cfg(test)]
mod tests {
    use crate::api::script::{Script, account, json, key};

    #[tokio::test]
    async fn a_number_is_owned_if_it_is_listed_exactly() {
        let page = |number: &str, next: &str| {
            format!(r#"{{"incoming_phone_numbers":[{{"phone_number":"{number}"}}],"next_page_uri":{next}}}"#)
        };
        let next = r#""/2010-04-01/more?Page=1""#;
        for (last, owned) in [("+15550100000", true), ("+155501000001", false)] {
            let script =
                Script::play(vec![json(200, &page("+15550100009", next)), json(200, &page(last, "null"))]).await;
            assert_eq!(script.client().owns_number(&key(), &account(), "+15550100000").await.unwrap(), owned);
            assert!(script.seen()[0].contains("PhoneNumber=%2B15550100000"), "{:?}", script.seen());
        }
    }
}
