//! What the flags and the files say of the webhook.
//!
//! The body holds what people wrote to each other: no error repeats any of it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::verify::Args;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::webhook::{Address, Algorithm, Body, Form, Others, Received, Request, Signature, SignatureError};

/// No webhook is larger: Twilio's are some kilobytes.
const MOST: u64 = 16 * 1024 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// A webhook, and what is to be said about how it was read.
pub(super) struct Input {
    pub(super) received: Received,
    /// The `SharedKey` that the request names.
    pub(super) shared_key: Option<String>,
    pub(super) notes: Vec<String>,
}

/// Reads it.
///
/// # Errors
/// Exit 2, if a part is missing or cannot be understood.
pub(super) fn read(args: &Args, context: &Context) -> Result<Input, Failure> {
    let dash = |path: &Path| path.as_os_str() == "-";
    let inputs = [context.global.env_file.as_ref(), args.body(), args.request()];
    if inputs.iter().flatten().filter(|path| dash(path)).count() > 1 {
        return Err(Failure::usage("standard input can be read once, and two flags name it"));
    }
    let url = args.url().map(address).transpose()?;
    match (args.request(), url) {
        (Some(path), url) => request(path, url),
        (None, Some(url)) => flags(args, url),
        (None, None) => Err(Failure::usage("nothing says which URL Twilio called").hint("give it with --url")),
    }
}

fn address(text: &str) -> Result<Address, Failure> {
    Address::parse(text).map_err(|why| {
        Failure::usage(format!("--url: {why}"))
            .hint("give it as it stands at Twilio, such as https://hooks.example.com/sms?tenant=7")
    })
}

fn flags(args: &Args, url: Address) -> Result<Input, Failure> {
    let signature = signature(args.signature(), "--signature")?;
    let body = match args.body() {
        Some(path) => of_unknown_type(load(path)?, &url, &named(path))?,
        None if args.form().is_empty() => Body::Unknown,
        None => Body::Fields(fields(args.form())?),
    };
    let received = Received { addresses: vec![url], body, signature, others: Others::default() };
    Ok(Input { received, shared_key: None, notes: Vec::new() })
}

fn fields(given: &[String]) -> Result<Form, Failure> {
    let field = |(at, text): (usize, &String)| {
        let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        // What was given may be what somebody wrote: it is counted, not repeated.
        pair.ok_or_else(|| Failure::usage(format!("--form number {} has no = in it", at + 1)).hint("--form NAME=VALUE"))
    };
    given.iter().enumerate().map(field).collect()
}

fn request(path: &Path, url: Option<Address>) -> Result<Input, Failure> {
    let shown = named(path);
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{shown}: {why}"));
    let bytes = load(path)?;
    let request = Request::parse(&bytes).map_err(|why| {
        wrong(&why).hint("it starts with the request line, the headers follow, and after an empty line the body")
    })?;
    let text = request.signature().map_err(|why| {
        wrong(&why).hint("Twilio signs every webhook: look whether the log leaves headers out, or whose request it is")
    })?;
    let signature = signature(text, &format!("{shown}: X-Twilio-Signature"))?;
    let setting = |name| request.setting(name).map_err(|why| wrong(&why));
    let shared_key = setting("key")?.map(ToOwned::to_owned);
    let mut notes = Vec::new();
    match setting("algorithm")?.map(Algorithm::parse).transpose() {
        Err(why) => {
            return Err(wrong(&format!("X-Twilio-Webhooks-Signature-Settings: {why}"))
                .hint("Twilio may have a newer algorithm: look for a newer twcred"));
        }
        Ok(Some(told)) if told != signature.algorithm() => {
            return Err(wrong(&format!(
                "X-Twilio-Webhooks-Signature-Settings names {}, and X-Twilio-Signature has the length of {}",
                told.as_str(),
                signature.algorithm().as_str()
            )));
        }
        Ok(None) if signature.algorithm() != Algorithm::HmacSha1 => {
            notes.push(format!(
                "the request has no X-Twilio-Webhooks-Signature-Settings: a validator then expects {}",
                Algorithm::HmacSha1.as_str()
            ));
        }
        Ok(_) => {}
    }
    let addresses = match url {
        Some(url) => vec![url],
        None => request.addresses().map_err(|why| wrong(&why).hint("give the URL as it stands at Twilio: --url"))?,
    };
    if addresses.len() > 1 {
        notes.push("the request does not tell whether it came by TLS: both were tried".to_owned());
    }
    match request.missing() {
        0 => {}
        missing => notes.push(format!("the copy lacks {missing} bytes of the body that Content-Length announces")),
    }
    if request.is_chunked() {
        notes.push("the body was sent in chunks: put them together, without their lengths".to_owned());
    }
    let body = match (request.media_type().as_deref(), request.body()) {
        (Some(FORM), body) => Body::Form(utf8(body.to_vec(), &shown)?),
        (_, []) => Body::Unknown,
        (None, body) => of_unknown_type(body.to_vec(), &addresses[0], &shown)?,
        (Some(_), body) => Body::Raw(body.to_vec()),
    };
    let received = Received { addresses, body, signature, others: request.others() };
    Ok(Input { received, shared_key, notes })
}

/// A body whose media type nobody told: a form, unless the URL carries a hash or it starts as JSON does.
fn of_unknown_type(body: Vec<u8>, url: &Address, shown: &str) -> Result<Body, Failure> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if url.body_hash().is_some() || matches!(first, Some(b'{' | b'[')) {
        return Ok(Body::Raw(body));
    }
    utf8(body, shown).map(Body::Form)
}

fn utf8(body: Vec<u8>, shown: &str) -> Result<String, Failure> {
    String::from_utf8(body).map_err(|_| {
        Failure::usage(format!("{shown}: the body is not UTF-8, and a form is"))
            .hint("for a body of another kind Twilio adds bodySHA256 to the URL: give the URL with it")
    })
}

fn signature(text: &str, place: &str) -> Result<Signature, Failure> {
    Signature::parse(text).map_err(|why| {
        let failure = Failure::usage(format!("{place}: {why}"));
        match why {
            SignatureError::PercentEncoded => failure.hint("give it decoded: %2B is +, %2F is / and %3D is ="),
            _ => failure.hint("it is the value of the header X-Twilio-Signature, such as iAifz9bs0IhJDGRvfpdPpHfIArI="),
        }
    })
}

fn named(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

fn load(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut read = |from: &mut dyn io::Read| from.take(MOST + 1).read_to_end(&mut bytes);
    let read = if path.as_os_str() == "-" {
        read(&mut io::stdin().lock())
    } else {
        File::open(path).and_then(|mut file| read(&mut file))
    };
    let shown = named(path);
    read.map_err(|why| Failure::usage(format!("cannot read {shown}: {why}")))?;
    if bytes.len() as u64 > MOST {
        return Err(Failure::usage(format!("{shown} has more than {} MiB, as no webhook has", MOST >> 20)));
    }
    Ok(bytes)
}
