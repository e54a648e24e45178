//! URLs of HTTP services: checked here, used elsewhere.

use std::net::{Ipv4Addr, Ipv6Addr};

use secrecy::{ExposeSecret as _, SecretString};

/// A URL without what must not be printed.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The URL as it was written, without a user and password.
    pub(super) url: String,
    /// The user and password that stood in front of the host.
    pub(super) user: Option<(String, SecretString)>,
}

/// What is wrong with a URL, and what to write.
type Wrong = (&'static str, &'static str);

/// Reads the `http` or `https` URL of a service, which routes are put behind.
pub(super) fn parse(text: &str) -> Result<Endpoint, Wrong> {
    let endpoint = parse_with_query(text)?;
    if endpoint.url.contains(['?', '#']) {
        return Err((
            "has a query or a fragment (`?…` or `#…`), which no route can stand behind",
            "Write the URL without it; a key belongs under `auth`.",
        ));
    }
    Ok(endpoint)
}

/// Reads an `http` or `https` URL that is called as it is.
pub(super) fn parse_with_query(text: &str) -> Result<Endpoint, Wrong> {
    const SCHEME: (&str, &str) = (
        "is not an http or https URL",
        "Write `https://` (or, without TLS, `http://`) in front, as in `https://host:8081`.",
    );
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("holds a space", "Write one URL without spaces."));
    }
    let (scheme, rest) = text.split_once("://").ok_or(SCHEME)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(SCHEME);
    }
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    check_host(host)?;
    let user = user.map(|user| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        (percent_decoded(name), percent_decoded(password).into())
    });
    Ok(Endpoint {
        url: format!("{scheme}://{host}{path}"),
        user,
    })
}

/// URLs of servers that stand in for each other, and the one way to sign in to all of them.
#[derive(Debug)]
pub(super) struct Endpoints {
    /// The URLs, without a user and password; at least one.
    pub(super) urls: Vec<String>,
    /// The user and password that stood in them.
    pub(super) user: Option<(String, SecretString)>,
}

/// Reads URLs with commas between them. A URL is named by its place in the list, because a wrong
/// one may hold anything.
pub(super) fn parse_all(text: &str) -> Result<Endpoints, (String, String)> {
    let entries: Vec<&str> = text.split(',').map(str::trim).collect();
    let mut found = Vec::new();
    let mut wrong: Vec<(String, String)> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match parse(entry) {
            Ok(endpoint) => found.push(endpoint),
            Err((what, fix)) if entries.len() == 1 => wrong.push((what.into(), fix.into())),
            Err(_) if entry.is_empty() => wrong.push((
                format!("URL {} of {} is blank", index + 1, entries.len()),
                "Remove the comma too many.".into(),
            )),
            Err((what, fix)) => wrong.push((
                format!("URL {} of {} {what}", index + 1, entries.len()),
                fix.into(),
            )),
        }
    }
    if let Some((_, fix)) = wrong.first() {
        let fix = fix.clone();
        let what: Vec<String> = wrong.into_iter().map(|(what, _)| what).collect();
        return Err((what.join("; "), fix));
    }
    let scheme = |endpoint: &Endpoint| endpoint.url.split(':').next().map(str::to_lowercase);
    if found.iter().any(|it| scheme(it) != scheme(&found[0])) {
        return Err((
            "mixes `http` and `https`".into(),
            "Write the same in front of every URL, so that nothing secret is sent in the clear."
                .into(),
        ));
    }
    let mut users = Vec::new();
    let mut urls = Vec::new();
    for Endpoint { url, user } in found {
        urls.push(url);
        users.extend(user);
    }
    let exposed = |user: &(String, SecretString)| {
        let (name, password) = user;
        (name.clone(), password.expose_secret().to_owned())
    };
    if users.iter().any(|it| exposed(it) != exposed(&users[0])) {
        return Err((
            "holds different users".into(),
            "Say how to sign in once, under `auth`.".into(),
        ));
    }
    Ok(Endpoints {
        urls,
        user: users.into_iter().next(),
    })
}

fn check_host(host: &str) -> Result<(), Wrong> {
    const PORT: (&str, &str) = (
        "has a port that is no number from 1 to 65535",
        "Write the port behind the host, as in `https://host:8081`.",
    );
    let (name, port) = if let Some(rest) = host.strip_prefix('[') {
        let (name, after) = rest
            .split_once(']')
            .ok_or(("has an IPv6 address without its `]`", "Write `[::1]:8081`."))?;
        if name.parse::<Ipv6Addr>().is_err() {
            return Err((
                "has brackets round something that is no IPv6 address",
                "Write `[::1]:8081`.",
            ));
        }
        if !after.is_empty() && !after.starts_with(':') {
            return Err(PORT);
        }
        (name, after.strip_prefix(':'))
    } else {
        match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        }
    };
    if name.is_empty() {
        return Err(("has no host", "Write a host behind the `//`."));
    }
    if port.is_some_and(|port| !is_port(port)) {
        return Err(PORT);
    }
    if host.starts_with('[') {
        return Ok(());
    }
    // Names in other scripts are fine; whatever else ASCII has is not part of one.
    let fits = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.chars().all(fits) {
        return Err((
            "has a host with a character that no host has",
            "Write a name or an address, as in `https://host:8081`.",
        ));
    }
    let last = name.trim_end_matches('.').rsplit('.').next();
    let is_number = last.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number && name.parse::<Ipv4Addr>().is_err() {
        return Err((
            "has a host that looks like an IPv4 address and is none",
            "Write four numbers from 0 to 255, as in `https://192.0.2.1:8081`.",
        ));
    }
    Ok(())
}

/// Whether `text` is a TCP port, written in digits alone.
pub(super) fn is_port(text: &str) -> bool {
    !text.starts_with('0')
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse::<u16>().is_ok()
}

/// `%40` and the like as the characters they stand for.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = if let Some(byte) = code {
            bytes.push(byte);
            &after[2..]
        } else {
            bytes.push(*first);
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_url() {
        for good in [
            "http://localhost:8081",
            "https://psrc-1.aws.confluent.cloud",
            "HTTPS://Host/path",
            "http://schema_registry.my-net:8081",
            "http://192.0.2.1:8081",
            "http://bücher.example",
            "http://[::1]:8081/",
        ] {
            let endpoint = parse(good).unwrap_or_else(|(what, _)| panic!("{good} {what}"));
            assert_eq!(endpoint.url, good);
            assert!(endpoint.user.is_none());
        }
        for bad in [
            "",
            "localhost",
            "localhost:8081",
            "ftp://x",
            "https://",
            "https:///path",
            "https://host:0",
            "https://host:99999",
            "https://host:80x",
            "https://host:",
            "http://[::1",
            "http://[::1]8081",
            "http://[zz]:8081",
            "http://1.2.3.999:8081",
            "http://1.2.3:8081",
            "http://a<b:8081",
            "http://a%20b:8081",
            "http://a,b:8081",
            "http://host/?token=x",
            "http://host#x",
            "https://a b",
            "not a url",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_called_as_it_is_may_have_a_query() {
        let endpoint = parse_with_query("https://me:x@host/token?realm=a").expect("a URL");
        assert_eq!(endpoint.url, "https://host/token?realm=a");
        assert!(parse_with_query("http://[zz]/token").is_err());
    }

    #[test]
    fn several_urls_sign_in_alike_and_are_named_by_their_place() {
        let both = parse_all("http://me:x@a:1/p, http://b ").expect("URLs");
        assert_eq!(both.urls, ["http://a:1/p", "http://b"]);
        assert_eq!(both.user.expect("a user").0, "me");
        assert!(parse_all("http://me:x@a,http://me:x@b").is_ok());
        for (bad, expected) in [
            ("SECRET", "is not an http or https URL"),
            ("http://a,SECRET", "URL 2 of 2 is not an http or https URL"),
            (
                "http://a:0,,http://b",
                "URL 1 of 3 has a port that is no number from 1 to 65535; URL 2 of 3 is blank",
            ),
            ("http://a,HTTPS://b", "mixes `http` and `https`"),
            ("http://me:SECRET@a,http://me:x@b", "holds different users"),
        ] {
            let (what, fix) = parse_all(bad).expect_err(bad);
            assert_eq!(what, expected);
            assert!(!fix.contains("SECRET"), "{fix}");
        }
    }

    #[test]
    fn a_user_in_a_url_is_taken_out_of_it() {
        let endpoint = parse("http://me:p%40ss%zz@host:8081/x").expect("a URL");
        assert_eq!(endpoint.url, "http://host:8081/x");
        let (name, password) = endpoint.user.expect("a user");
        assert_eq!((name.as_str(), password.expose_secret()), ("me", "p@ss%zz"));
    }
}
