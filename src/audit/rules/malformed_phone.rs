//! TW408: A sender is neither a number in E.164 nor another kind of sender.

use super::{
    Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, Span, When, placeholder, sender, shapes,
};

pub(super) struct MalformedPhone;

static META: Meta = Meta {
    code: "TW408",
    name: "malformed-phone",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A sender is neither a number in E.164 nor another kind of sender.",
    why: "Twilio refuses the message or call. Blanks and parentheses also split the readers of the file.",
    mend: "Write `+`, the country and the number, digits alone.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for MalformedPhone {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| sender(&shape.at.name))
            .filter_map(|shape| {
                let value = shape.meant().filter(|value| !value.is_empty() && placeholder(value).is_none())?;
                // A program may part a list of them by itself.
                if value.contains(',') && value.split(',').all(|one| wrong_sender(one).is_none()) {
                    return None;
                }
                let why = wrong_sender(value)?;
                let digits = shape.at.value_span;
                let drop = value.bytes().enumerate().filter(|(_, byte)| b" ().-".contains(byte));
                let cuts = drop
                    .map(|(at, _)| Edit::cut(Span { start: digits.start + at, end: digits.start + at + 1 }))
                    .collect();
                let bare: String = value.chars().filter(|c| !" ().-".contains(*c)).collect();
                let mendable = value.starts_with('+') && shape.unquoted() && wrong_sender(&bare).is_none();
                let fix = mendable.then(|| Fix::unsafe_("keep the digits alone", cuts));
                Some(shape.finding(&META, why, shape.spelling()).fix(fix))
            })
            .collect()
    }
}

/// Why a text is no sender: a number in E.164, a short code, a Messaging Service, a channel's address, or letters.
fn wrong_sender(value: &str) -> Option<&'static str> {
    let channels = ["whatsapp:", "messenger:", "sip:", "client:", "rcs:", "sim:"];
    let channel = channels.iter().find_map(|channel| value.strip_prefix(channel));
    if value.starts_with("MG") && value.len() == 34 {
        return None;
    }
    match channel {
        Some(rest) if !value.starts_with("whatsapp:") => return rest.is_empty().then_some("the address is empty"),
        _ => {}
    }
    let number = channel.unwrap_or(value);
    if let Some(digits) = number.strip_prefix('+') {
        return if digits.bytes().any(|byte| !byte.is_ascii_digit()) {
            Some("the number has something else than digits behind its `+`")
        } else if digits.starts_with('0') || digits.len() < 7 || digits.len() > 15 {
            Some("the number is too short, too long, or begins with 0")
        } else {
            None
        };
    }
    if channel.is_some() {
        return Some("the number does not begin with `+`");
    }
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (3..=8).contains(&number.len()) {
        return None;
    }
    let alphanumeric = number.len() <= 11
        && number.bytes().any(|byte| byte.is_ascii_alphabetic())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" +-_&".contains(&byte));
    if alphanumeric { None } else { Some("the number does not begin with `+`") }
}
