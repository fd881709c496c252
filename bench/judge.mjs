// From measurements to figures: best and spread, share of the roof, ratio to each peer, goal reached or not.

/** The best of several measurements, and how much more the worst took. */
export function sum(measured) {
  const failed = measured.find(({ error }) => error);
  if (failed) return { error: failed.error };
  const rounds = measured.map(({ best }) => best);
  const best = Math.min(...rounds);
  const { version, flops, bytes, isa } = measured[0];
  return {
    best,
    spread: Math.max(...rounds) / best - 1,
    rounds,
    medians: measured.map(({ median }) => median),
    version,
    flops,
    bytes,
    isa,
  };
}

const isReached = {
  share: (goal, { share }) => share >= goal.share,
  seconds: (goal, { ours }) => ours.best <= goal.seconds,
  bytes: (goal, { ours }) => ours.best <= goal.bytes,
  ratio: (goal, { peers }) => peers[goal.over]?.ratio >= goal.ratio,
};

/** Adds `share`, `reached` and each peer's `ratio` (above 1: ours is faster, or smaller) to a measured case, where they can be known. */
export function judge(measured) {
  const { ours, roof, goal } = measured;
  if (!ours?.best) return measured;
  const peers = Object.fromEntries(
    Object.entries(measured.peers).map(([name, peer]) => [name, peer.best ? { ...peer, ratio: peer.best / ours.best } : peer]),
  );
  const work = roof?.flops ? 'flops' : 'bytes';
  const share = roof?.best ? measured[work] / ours.best / (roof[work] / roof.best) : undefined;
  const judged = { ...measured, peers, share };
  if (goal === undefined) return judged;
  const known = goal.share ? share !== undefined : goal.over ? peers[goal.over]?.ratio !== undefined : true;
  return known ? { ...judged, reached: isReached[Object.keys(goal)[0]](goal, judged) } : judged;
}
