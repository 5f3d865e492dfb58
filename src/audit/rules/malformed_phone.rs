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
    mend: "Write `+`, the country and the number, digits alone. There is a fix only where the digits are grouped and nothing else: a `(0)` is not dialled from abroad, and an extension is no part of the number.",
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
                let mendable = shape.unquoted() && grouped(value) && wrong_sender(&bare).is_none();
                let fix = mendable.then(|| Fix::unsafe_("keep the digits alone", cuts));
                Some(shape.finding(&META, why, shape.spelling()).fix(fix))
            })
            .collect()
    }
}

/// Whether a number is its digits in groups and nothing else: the country's behind a `+`, at most one pair of brackets,
/// around the group behind that, and one mark between two groups. A zero there is dialled within most countries only, and a
/// short group behind another mark than the others may be an extension or the end of a second number.
fn grouped(number: &str) -> bool {
    let Some(rest) = number.strip_prefix('+') else { return false };
    let mark = |text: &str| text.chars().next().filter(|c| " -.".contains(*c));
    let group = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let country = &rest[..group(rest)];
    let mut rest = &rest[country.len()..];
    let (mut national, mut marks, mut last) = (0, Vec::new(), 0);
    while !rest.is_empty() {
        let between = mark(rest);
        rest = &rest[usize::from(between.is_some())..];
        let bracket = rest.starts_with('(');
        rest = &rest[usize::from(bracket)..];
        last = group(rest);
        let first = national == 0;
        if last == 0 || (bracket && !first) || (first && rest.starts_with('0')) {
            return false;
        }
        rest = &rest[last..];
        if bracket {
            let Some(behind) = rest.strip_prefix(')') else { return false };
            rest = behind;
        }
        national += last;
        marks.extend(between);
    }
    let apart = matches!(marks.as_slice(), [.., before, own] if before != own) && last < 4;
    // Every number behind +1 has ten digits.
    let whole = country != "1" || national == 10;
    (1..=3).contains(&country.len()) && whole && !apart
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
