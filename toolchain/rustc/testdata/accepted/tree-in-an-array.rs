#![no_std]
#![no_main]

#[derive(Clone, Copy, Default)]
struct Node {
    key: u64,
    children: [Option<usize>; 2],
}
fn insert(nodes: &mut [Node], at: usize, new: usize) {
    let side = usize::from(nodes[new].key > nodes[at].key);
    match nodes[at].children[side] {
        Some(child) => insert(nodes, child, new),
        None => nodes[at].children[side] = Some(new),
    }
}
fn depth(nodes: &[Node], at: usize) -> u32 {
    1 + nodes[at].children.iter().flatten().map(|child| depth(nodes, *child)).max().unwrap_or(0)
}
fn prog() -> u32 {
    let mut nodes = [Node::default(); 12];
    for new in 0..nodes.len() {
        nodes[new].key = rex::time();
        if new > 0 {
            insert(&mut nodes, 0, new);
        }
    }
    depth(&nodes, 0)
}

rex::program!(prog);
