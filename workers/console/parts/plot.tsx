import type { FC } from 'hono/jsx';
import type { PulseMinute } from '../../../shared/pulse.ts';

/** Units of the drawing; it is scaled to the page. */
const WIDTH = 600;
const HEIGHT = 120;

/** What is drawn, from the ground up. A colour is a help only: the same numbers stand in words above it. */
const series = ['allowed', 'waiting', 'denied', 'failed'] as const;
type Series = (typeof series)[number];

export interface Bar {
  of: Series;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pure: one stacked bar a minute, scaled to the highest one, and how many calls that is. */
export function barsOf(minutes: readonly PulseMinute[]): { bars: Bar[]; top: number } {
  const top = Math.max(4, ...minutes.map((minute) => series.reduce((sum, name) => sum + minute[name], 0)));
  const step = WIDTH / Math.max(1, minutes.length);
  const bars = minutes.flatMap((minute, index) => {
    let under = 0;
    return series
      .map((of) => {
        const height = (minute[of] / top) * HEIGHT;
        under += height;
        return { of, x: index * step + 1, y: HEIGHT - under, width: step - 2, height };
      })
      .filter(({ height }) => height > 0);
  });
  return { bars, top };
}

/** The last hour by the minute. */
export const Plot: FC<{ minutes: readonly PulseMinute[] }> = ({ minutes }) => {
  const { bars, top } = barsOf(minutes);
  const sums = series.map((name) => `${minutes.reduce((sum, minute) => sum + minute[name], 0)} ${name}`);
  return (
    <figure class="plot">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Calls in the last hour: ${sums.join(', ')}`}
        preserveAspectRatio="none"
      >
        {[0.5, 1].map((part) => (
          <line x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} class="rule" />
        ))}
        {bars.map(({ of, x, y, width, height }) => (
          <rect
            class={of}
            x={x.toFixed(1)}
            y={y.toFixed(1)}
            width={width.toFixed(1)}
            height={height.toFixed(1)}
          />
        ))}
      </svg>
      <figcaption class="row small">
        <span class="muted">
          An hour ago to now; the highest minute has {top === 4 ? 'at most 4' : top} calls.
        </span>
        {series.map((name) => (
          <span class={`key ${name}`}>{name}</span>
        ))}
      </figcaption>
    </figure>
  );
};
