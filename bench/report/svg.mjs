// Curves as a picture: a panel for each group, the share of the peak over a logarithmic axis. Ours are lines, peers dashes of the same colour.

const [panelWidth, panelHeight, columns] = [450, 300, 2];
const plot = { left: 44, top: 66, right: 434, bottom: 264 };
const classes = ['a', 'b', 'c', 'd', 'e', 'f'];

// Colours that keep their contrast on white and on GitHub's dark background.
const style = `
text { font: 11px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 13px; font-weight: 600; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.peer { stroke-width: 1.3; stroke-dasharray: 4 3; opacity: 0.8; }
.a { stroke: #0969da; } .b { stroke: #bc4c00; } .c { stroke: #1a7f37; } .d { stroke: #8250df; } .e { stroke: #bf3989; } .f { stroke: #7d6500; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .grid { stroke: #3d444d; }
  .a { stroke: #4493f8; } .b { stroke: #f0883e; } .c { stroke: #3fb950; } .d { stroke: #ab7df8; } .e { stroke: #f778ba; } .f { stroke: #d4b72c; }
}
`;

const escaped = (text) => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);
const text = (x, y, content, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more}>${escaped(content)}</text>`;
const line = (x1, y1, x2, y2, name) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" class="${name}"/>`;

/** Powers of two on the axis, and few enough of them to stay apart. */
function ticks([low, high]) {
  const powers = [];
  for (let at = 2 ** Math.ceil(Math.log2(low)); at <= high; at *= 2) powers.push(at);
  return powers;
}

/** Points where the share is known, as `{ at, share }` ascending. */
const known = (members, shareOf) =>
  members.flatMap((member) => {
    const share = shareOf(member);
    return share === undefined ? [] : [{ at: member.curve.at, share }];
  });

/** Names of the series, then those of the peers, in as many rows as they need. */
function legend(series, peers) {
  const entries = series.map((name, i) => ({ label: name, classNames: classes[i % classes.length] }));
  if (peers.length > 0) entries.push({ label: peers.join(', '), classNames: `peer ${classes[0]}` });
  let [x, y] = [plot.left, 40];
  return entries.flatMap(({ label, classNames }) => {
    const width = 28 + 6.2 * label.length;
    if (x + width > plot.right) [x, y] = [plot.left, y + 15];
    const at = x;
    x += width + 8;
    return [
      `<polyline class="${classNames}" points="${at.toFixed(1)},${y - 4} ${(at + 18).toFixed(1)},${y - 4}"/>`,
      text(at + 22, y, label),
    ];
  });
}

/** One panel: axes, a legend, and for each series ours and its peers. */
function panel(group, members) {
  const series = [...new Set(members.map(({ curve }) => curve.series))];
  const peers = [...new Set(members.flatMap((member) => Object.keys(member.peers)))];
  const at = members.map(({ curve }) => curve.at);
  const range = [Math.min(...at), Math.max(...at)];
  const scale = (plot.right - plot.left) / (Math.log2(range[1] / range[0]) || 1);
  const x = (value) => plot.left + scale * Math.log2(value / range[0]);
  const y = (share) => plot.bottom - Math.min(share, 1.1) * ((plot.bottom - plot.top) / 1.1);
  const polyline = (points, classNames) =>
    points.length === 0
      ? ''
      : `<polyline class="${classNames}" points="${points.map((point) => `${x(point.at).toFixed(1)},${y(point.share).toFixed(1)}`).join(' ')}"/>`;
  const curvesOf = (name, i) => {
    const own = members.filter(({ curve }) => curve.series === name);
    const color = classes[i % classes.length];
    return [
      ...peers.map((peer) =>
        polyline(
          known(own, (member) => member.peers[peer]?.share),
          `peer ${color}`,
        ),
      ),
      polyline(
        known(own, (member) => member.share),
        color,
      ),
    ];
  };
  return [
    text(plot.left, 22, group, ' class="title"'),
    ...legend(series, peers),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      line(plot.left, y(share), plot.right, y(share), 'grid'),
      text(plot.left - 6, y(share) + 4, `${100 * share} %`, ' text-anchor="end"'),
    ]),
    ...ticks(range).flatMap((value) => [
      line(x(value), plot.top, x(value), plot.bottom, 'grid'),
      text(x(value), plot.bottom + 15, `${value}`, ' text-anchor="middle"'),
    ]),
    text((plot.left + plot.right) / 2, plot.bottom + 31, members[0].curve.axis, ' text-anchor="middle"'),
    ...series.flatMap(curvesOf),
  ].filter((part) => part !== '');
}

/** The picture of all curves among the results; undefined: there is none. */
export function drawCurves(results, caption) {
  const points = results.filter(({ curve }) => curve);
  const groups = [...new Set(points.map(({ curve }) => curve.group))];
  if (groups.length === 0) return undefined;
  const height = Math.ceil(groups.length / columns) * panelHeight + 24;
  const panels = groups.map((group, i) => {
    const [dx, dy] = [(i % columns) * panelWidth, Math.floor(i / columns) * panelHeight];
    const parts = panel(
      group,
      points.filter(({ curve }) => curve.group === group),
    );
    return `<g transform="translate(${dx} ${dy})">\n${parts.join('\n')}\n</g>`;
  });
  const size = `width="${columns * panelWidth}" height="${height}" viewBox="0 0 ${columns * panelWidth} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Share of the multiply-add peak">`,
    `<style>${style}</style>`,
    ...panels,
    text(plot.left, height - 10, caption),
    '</svg>\n',
  ].join('\n');
}
