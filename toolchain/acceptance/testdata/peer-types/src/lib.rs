// SPDX-License-Identifier: GPL-2.0

//! What extensions keep of a peer.

#![no_std]

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Normal = 1,
    Recovering = 3,
    Gone = 200,
    Left = 201,
}

/// Also of a length that is a constant of the crate.
pub const DEPTH: usize = 1 + 1;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Peer {
    pub mark: char,
    pub state: State,
    pub trusted: bool,
    pub history: [State; DEPTH],
}

/// For this the compiler makes a table.
pub fn weight(state: State) -> u64 {
    match state {
        State::Normal => 17,
        State::Recovering => 4,
        State::Gone => 99,
        State::Left => 1000,
    }
}
