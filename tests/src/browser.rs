//! What a person follows an address with.

use std::collections::BTreeMap;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Where it is, after all redirections.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// What it shows.
    pub body: String,
}

/// Goes to `url` and wherever that leads. It speaks HTTP with this machine, and that is all.
pub async fn visit(url: &str) -> Page {
    let mut url = url.to_owned();
    for _redirection in 0..5 {
        let (head, body) = get(&url).await;
        let location = head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        match location {
            Some(next) => next.clone_into(&mut url),
            None => {
                return Page {
                    status: status(&head),
                    url,
                    body,
                };
            }
        }
    }
    panic!("{url} leads round in circles");
}

/// Where `url` redirects to, without going there.
pub async fn leads_to(url: &str) -> String {
    let (head, body) = get(url).await;
    let location = head
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    location
        .unwrap_or_else(|| panic!("{url} leads nowhere: {head}\n{body}"))
        .to_owned()
}

/// The decoded values of a query, as far as addresses of sign-ins need decoding.
pub fn query(url: &str) -> BTreeMap<String, String> {
    let (_, query) = url.split_once('?').unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let value = value.replace("%3A", ":").replace("%2F", "/");
            (name.to_owned(), value)
        })
        .collect()
}

async fn get(url: &str) -> (String, String) {
    let rest = url
        .strip_prefix("http://")
        .unwrap_or_else(|| panic!("{url} is not of this machine"));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(host)
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .await
        .expect("the server answers");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

fn status(head: &str) -> u16 {
    let word = head.split(' ').nth(1).unwrap_or_default();
    word.parse().unwrap_or_else(|_| panic!("no status: {head}"))
}
