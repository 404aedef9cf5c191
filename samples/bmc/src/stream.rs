// SPDX-License-Identifier: GPL-2.0

//! What clients tell memcached over TCP: a parser of its text protocol, which follows each connection byte by byte. Commands may
//! be split over packets anywhere, and packets come twice, or not at all.

use rex::map::RexHashMap;
use rex::rex_map;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};

use crate::cache;

/// A client's end of a connection, as its packets have it.
#[derive(Clone, Copy)]
#[allow(dead_code)] // it is the map that reads them
pub struct Client {
    pub address: u32,
    pub port: u32,
}

const MAX_LINE: usize = 320;

#[derive(Clone, Copy)]
struct Connection {
    lock: bpf_spin_lock, // of what is waited for
    waits: u32,          // for memcached to confirm a SET: NOTHING, MANY, or a slot's number and 1
    expected: u32,       // number of the next byte
    body: u32,           // bytes that are left of a value, with the line's end behind it
    length: u32,         // of what is there of a line
    line: [u8; MAX_LINE],
}

const NOTHING: u32 = 0;
const MANY: u32 = u32::MAX;

#[rex_map]
static CONNECTIONS: RexHashMap<Client, Connection> = RexHashMap::new(1024, 0);

/// A client connects; the first byte will have that number.
pub fn open(client: Client, first: u32) -> bool {
    let new = Connection {
        lock: bpf_spin_lock { val: 0 },
        waits: NOTHING,
        expected: first,
        body: 0,
        length: 0,
        line: [0; MAX_LINE],
    };
    CONNECTIONS.insert(&client, &new).is_ok()
}

pub fn close(client: Client) {
    let _ = CONNECTIONS.delete(&client);
}

/// Takes what a client has sent. The packet may go on to memcached, unless what comes before it has yet to come: as it is
/// dropped, the client sends both again.
pub fn arrived(client: Client, number: u32, mut bytes: &[u8]) -> bool {
    let Some(connection) = CONNECTIONS.get_mut(&client) else {
        return bytes.is_empty(); // of a connection from before
    };
    let known = connection.expected.wrapping_sub(number) as i32;
    if known < 0 {
        return false;
    }
    let Some(new) = bytes.get(known as usize..) else {
        return true; // it was here before
    };
    bytes = new;
    connection.expected = connection.expected.wrapping_add(bytes.len() as u32);
    while let Some((&byte, rest)) = bytes.split_first() {
        match connection.body {
            0 if byte == b'\n' => {
                let line = connection.line;
                let line = &line[..(connection.length as usize).min(MAX_LINE)];
                connection.length = 0;
                connection.body = command(connection, line.strip_suffix(b"\r").unwrap_or(line));
            }
            0 => match connection.line.get_mut(connection.length as usize) {
                Some(place) => {
                    *place = byte;
                    connection.length += 1;
                }
                None => cache::turn_off(),
            },
            1 | 2 => {
                // Should it not end as it must, nobody knows where the next command begins.
                if byte != b"\r\n"[2 - connection.body as usize] {
                    cache::turn_off();
                }
                connection.body -= 1;
            }
            left => {
                let skipped = bytes.len().min(left as usize - 2);
                connection.body -= skipped as u32;
                bytes = &bytes[skipped..];
                continue;
            }
        }
        bytes = rest;
    }
    true
}

/// Does what a command means for the cache. Returns how many bytes follow it.
fn command(connection: &mut Connection, line: &[u8]) -> u32 {
    let mut words = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    match (words.next(), words.next()) {
        // They change nothing. But now not every answer confirms a SET.
        (Some(b"get" | b"gets" | b"stats" | b"version" | b"mn" | b"quit"), _) => {
            wait(connection, MANY);
            0
        }
        (Some(name @ (b"set" | b"add" | b"replace" | b"append" | b"prepend" | b"cas")), Some(key))
            if key.len() <= 250 =>
        {
            let (_flags, expires, length) = (words.next(), words.next(), words.next());
            let Some(length) = length.and_then(number) else {
                cache::turn_off();
                return 0;
            };
            let slot = cache::slot_of(key);
            // Who does not wait for an answer will not hear when it is done, and nobody hears when a value expires.
            let plain = name == b"set" && expires == Some(b"0") && words.next().is_none();
            if plain {
                wait(connection, slot + 1);
            }
            cache::forget(slot, !plain);
            length + 2
        }
        (Some(b"delete" | b"incr" | b"decr" | b"touch"), Some(key)) => {
            cache::forget(cache::slot_of(key), true);
            wait(connection, MANY);
            0
        }
        _ => {
            cache::turn_off();
            0
        }
    }
}

fn number(word: &[u8]) -> Option<u32> {
    if word.len() > 8 {
        return None;
    }
    word.iter().try_fold(0, |n, &digit| digit.is_ascii_digit().then(|| n * 10 + (digit - b'0') as u32))
}

/// Notes that an answer will confirm something.
fn wait(connection: &mut Connection, what: u32) {
    let _guard = rex_spinlock_guard::new(&mut connection.lock);
    connection.waits = if connection.waits == NOTHING { what } else { MANY };
}

/// Memcached answers: before the client hears it, what may be older than its SET is forgotten.
pub fn answered(client: Client) {
    let Some(connection) = CONNECTIONS.get_mut(&client) else {
        return cache::flush();
    };
    let guard = rex_spinlock_guard::new(&mut connection.lock);
    let waits = connection.waits;
    if waits != MANY {
        connection.waits = NOTHING;
    }
    drop(guard);
    match waits {
        NOTHING => {}
        MANY => cache::flush(),
        slot => cache::forget(slot - 1, false),
    }
}
