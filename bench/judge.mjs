// From measurements to figures: best and spread, share of the roof, ratio to each peer, goals reached or not.

/** The best of several measurements, and how much more the worst took. Busy: others took the cores in every one of them. */
export function sum(measured) {
  const failed = measured.find(({ error }) => error);
  if (failed) return { error: failed.error };
  const rounds = measured.map(({ best }) => best);
  const best = Math.min(...rounds);
  const gaps = measured.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
  const { version, flops, bytes, isa } = measured[0];
  return {
    best,
    spread: Math.max(...rounds) / best - 1,
    rounds,
    medians: measured.map(({ median }) => median),
    ...(gaps.length > 0 && { gap: Math.min(...gaps) }),
    ...(measured.every(({ disturbed }) => disturbed) && { busy: true }),
    ...{ version, flops, bytes, isa },
  };
}

/** The points of a curve are measured too shortly for a roof each: the best of all its points is that of every one. */
export function withCommonRoofs(results) {
  const best = new Map();
  for (const { curve, roof } of results.filter((result) => result.curve && result.roof?.best)) {
    if (roof.best < (best.get(curve.group)?.best ?? Infinity)) best.set(curve.group, roof);
  }
  return results.map((result) => (result.curve && result.roof ? { ...result, roof: best.get(result.curve.group) ?? result.roof } : result));
}

/** Whether a goal is reached; undefined: what it is about was not measured. */
const isReached = {
  share: (goal, { share }) => (share === undefined ? undefined : share >= goal.share),
  seconds: (goal, { ours }) => ours.best <= goal.seconds,
  gap: (goal, { ours }) => (ours.gap === undefined ? undefined : ours.gap <= goal.gap),
  bytes: (goal, { ours }) => ours.best <= goal.bytes,
  ratio: (goal, { peers }) => (peers[goal.over]?.ratio === undefined ? undefined : peers[goal.over].ratio >= goal.ratio),
};

/**
 * Adds `share` to a measured case, each peer's `share` and `ratio` (above 1: ours is faster, or smaller), and to each goal whether it is
 * `reached`, where they can be known.
 */
export function judge(measured) {
  const { ours, roof, goals = [] } = measured;
  if (!ours?.best) return measured;
  const work = roof?.flops ? 'flops' : 'bytes';
  const shareOf = ({ best }) => (roof?.best ? measured[work] / best / (roof[work] / roof.best) : undefined);
  const compared = (peer) => (peer.best ? { ...peer, share: shareOf(peer), ratio: peer.best / ours.best } : peer);
  const peers = Object.fromEntries(Object.entries(measured.peers).map(([name, peer]) => [name, compared(peer)]));
  const busy = [ours, roof, ...Object.values(peers)].some((it) => it?.busy);
  const judged = { ...measured, peers, share: shareOf(ours), ...(busy && { busy }) };
  return { ...judged, goals: goals.map((goal) => ({ ...goal, reached: isReached[Object.keys(goal)[0]](goal, judged) })) };
}
