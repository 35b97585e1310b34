//! Circles in a graph: strongly connected components, in time linear in the edges.
//!
//! Two nodes are on a common circle exactly when they are in the same component, so an edge lies on a circle when both its
//! ends do. Tarjan's algorithm, with a stack of its own instead of recursion: IDLs may be long chains.

/// The component of each node, as a number that only equality means something of.
pub(crate) struct Components {
    of: Vec<usize>,
}

impl Components {
    /// Whether the edge from one node to another, which exists, is part of a circle.
    pub(crate) fn is_circular(&self, from: usize, to: usize) -> bool {
        self.of[from] == self.of[to]
    }
}

/// Finds the components of a graph; `edges` lists for each node where its edges lead.
pub(crate) fn components(edges: &[Vec<usize>]) -> Components {
    let mut search = Search {
        edges,
        order: vec![UNSEEN; edges.len()],
        low: vec![0; edges.len()],
        seen: 0,
        open: Vec::new(),
        of: vec![UNSEEN; edges.len()],
        found: 0,
    };
    for node in 0..edges.len() {
        if search.order[node] == UNSEEN {
            search.from(node);
        }
    }
    Components { of: search.of }
}

struct Search<'a> {
    edges: &'a [Vec<usize>],
    /// When a node was seen first.
    order: Vec<usize>,
    /// The earliest open node that is reachable.
    low: Vec<usize>,
    seen: usize,
    /// Nodes without a component yet, in the order in which they were seen.
    open: Vec<usize>,
    of: Vec<usize>,
    found: usize,
}

impl Search<'_> {
    fn from(&mut self, root: usize) {
        self.enter(root);
        // The path from the root, with how many edges of each node were followed.
        let mut path = vec![(root, 0)];
        while let Some((node, followed)) = path.last_mut() {
            let node = *node;
            if let Some(&next) = self.edges[node].get(*followed) {
                *followed += 1;
                if self.order[next] == UNSEEN {
                    self.enter(next);
                    path.push((next, 0));
                } else if self.of[next] == UNSEEN {
                    self.low[node] = self.low[node].min(self.order[next]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.low[*parent] = self.low[*parent].min(self.low[node]);
            }
            if self.low[node] == self.order[node] {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.order[node] = self.seen;
        self.low[node] = self.seen;
        self.seen += 1;
        self.open.push(node);
    }

    /// Everything open since `node` is one component.
    fn close(&mut self, node: usize) {
        while let Some(member) = self.open.pop() {
            self.of[member] = self.found;
            if member == node {
                break;
            }
        }
        self.found += 1;
    }
}

const UNSEEN: usize = usize::MAX;

#[cfg(test)]
mod tests {
    use super::components;

    /// Edges on circles, by the definition: a way back exists.
    fn naive(edges: &[Vec<usize>], from: usize, to: usize) -> bool {
        let mut open = vec![to];
        let mut seen = vec![false; edges.len()];
        while let Some(node) = open.pop() {
            if node == from {
                return true;
            }
            if !std::mem::replace(&mut seen[node], true) {
                open.extend(&edges[node]);
            }
        }
        false
    }

    #[test]
    fn agrees_with_the_definition_on_many_graphs() {
        let mut state = 1u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as usize % below
        };
        for nodes in 1..12 {
            for _ in 0..60 {
                let mut edges = vec![Vec::new(); nodes];
                for _ in 0..random(2 * nodes) {
                    edges[random(nodes)].push(random(nodes));
                }
                let found = components(&edges);
                for (from, targets) in edges.iter().enumerate() {
                    for &to in targets {
                        assert_eq!(
                            found.is_circular(from, to),
                            naive(&edges, from, to),
                            "{edges:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let edges: Vec<Vec<usize>> = (1..200_000)
            .map(|next| vec![next])
            .chain([vec![]])
            .collect();
        assert!(!components(&edges).is_circular(0, 1));
    }
}
