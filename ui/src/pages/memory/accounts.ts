import type { Schemas } from '@/api/client';

type Account = Schemas['Account'];

export interface Node {
  account: Account;
  /** Without the path. */
  name: string;
  children: Node[];
}

/** "process/collect/rounds" below "process/collect"; the greatest first. The root's own children are given. */
export function treeOf(accounts: Account[]): Node[] {
  const byPath = new Map<string, Node>();
  const roots: Node[] = [];
  for (const account of [...accounts].sort((a, b) => a.name.length - b.name.length)) {
    const cut = account.name.lastIndexOf('/');
    const node: Node = { account, name: account.name.slice(cut + 1), children: [] };
    byPath.set(account.name, node);
    const parent = byPath.get(account.name.slice(0, cut));
    if (parent === undefined) roots.push(node);
    else parent.children.push(node);
  }
  const sort = (nodes: Node[]): Node[] =>
    nodes.sort((a, b) => b.account.used_bytes - a.account.used_bytes).map((node) => ({ ...node, children: sort(node.children) }));
  const sorted = sort(roots);
  return sorted.length === 1 && sorted[0] !== undefined && sorted[0].children.length > 0 ? sorted[0].children : sorted;
}
