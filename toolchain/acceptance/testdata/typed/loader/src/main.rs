// SPDX-License-Identifier: GPL-2.0

//! Tells the extension of a peer, and reads its answers.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::parent_id;
use std::time::Duration;

use librex::{Extension, Result};
use peer_types::{Peer, State};

/// Bits for the same maps of which not all are one of a `Peer`.
#[derive(Clone, Copy)]
#[repr(C)]
#[allow(dead_code)]
struct Raw(u32, [u8; 4]);

fn main() -> Result<()> {
    let extension = Extension::load(env!("REX_OBJECT"))?;
    let peers = extension.map::<u32, Peer>("PEERS")?;
    let states = extension.map::<(), State>("STATES")?;
    let mut seen = Vec::new();
    let mut ring = extension.ring("EVENTS", |event| seen.push(librex::value::<State>(event)))?;

    let peer = Peer { mark: 'ß', state: State::Recovering, trusted: true, history: [State::Normal; 2] };
    peers.insert_new(&7, &peer)?;
    assert_eq!(peers.insert_new(&7, &peer).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(peers.update(&8, &peer).unwrap_err().kind(), ErrorKind::NotFound);
    peers.insert(&9, &peer)?;
    states.push(&State::Left)?;
    states.push(&State::Normal)?;
    assert!(states.peek()? == Some(State::Left));

    let link = extension.program("on_getppid")?.attach()?;
    for _ in 0..3 {
        parent_id();
    }
    let after = peers.get(&7)?.expect("peer 7");
    assert!(after.mark == 'ß' && after.state == State::Gone && after.history == [State::Recovering, State::Left]);
    assert_eq!(extension.map::<u32, u64>("WEIGHTS")?.get(&0)?, Some(99));
    let runs = extension.per_cpu_map::<u32, u32>("RUNS")?;
    let runs_now = || runs.get(&0).map(|values| values.expect("an element").iter().sum::<u32>());
    assert_eq!(runs_now()?, 3);
    assert_eq!(ring.poll(Duration::from_secs(1))?, 2);
    assert_eq!(ring.poll(Duration::ZERO)?, 0);
    drop(ring);
    assert!(seen == [Some(State::Left), Some(State::Normal)]);
    assert!(states.pop()?.is_none() && states.peek()?.is_none());

    let mut keys = peers.keys().collect::<Result<Vec<u32>>>()?;
    keys.sort();
    assert_eq!(keys, [7, 9]);
    peers.delete(&9)?;
    assert_eq!(peers.delete(&9).unwrap_err().kind(), ErrorKind::NotFound);
    let all = peers.iter().collect::<Result<Vec<_>>>()?;
    assert!(all.len() == 1 && all[0].0 == 7 && all[0].1.trusted);

    // What is no value of the type is never one.
    extension.map::<u32, Raw>("PEERS")?.insert(&7, &Raw(0xd800, [1, 1, 1, 1]))?;
    println!("{}", peers.get(&7).err().expect("no Peer"));
    assert!(librex::value::<State>(&[2]).is_none() && librex::value::<State>(&[1, 1]).is_none());

    drop(link);
    parent_id();
    assert_eq!(runs_now()?, 3);
    extension.program("on_getppid")?.attach()?.pin("/sys/fs/bpf/typed")?;
    parent_id();
    assert_eq!(runs_now()?, 4);
    fs::remove_file("/sys/fs/bpf/typed").expect("the pin");

    println!("{}", extension.map::<u32, Peer>("PEER").err().expect("no such map"));
    println!("{}", extension.map::<u64, Peer>("PEERS").err().expect("another key"));
    println!("{}", extension.map::<u32, u32>("RUNS").err().expect("per CPU"));
    println!("{}", extension.program("on_getpid").expect_err("no such program"));
    println!("{}", Extension::load("/proc/self/exe").err().expect("no extension"));
    println!("{}", Extension::load_bytes("nothing", b"").err().expect("no extension"));
    println!("done");
    Ok(())
}
