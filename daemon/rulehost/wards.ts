import { createLane, type Lane, type LaneOptions, type Pending } from "./lane.ts";

export interface WardOptions extends LaneOptions {
  /** How long a link's rules are not asked after they had to be stopped several times in a row, in milliseconds; doubles up to an hour. */
  readonly pauseMs?: number;
}

/** Links whose rules had to be stopped: each has a process of its own from then on, and is not asked at all for a while where that goes on. */
export interface Wards {
  /** Null: the link is in no ward. */
  lane(link: string): Lane | null;
  stopped(link: string, why: string): void;
  passed(link: string): void;
  /** Takes calls that have not been sent out of every ward's queue. */
  remove(matches: (call: Pending) => boolean): void;
  close(error: Error): Promise<void>;
}

/** Stops in a row after which a link's rules are paused: its other records would cost a second of a processor each. */
const MOST_STOPS = 5;
const PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

interface Ward {
  readonly lane: Lane;
  /** In a row. */
  stops: number;
  pauses: number;
  /** Why calls are refused; null: they are not. */
  paused: string | null;
  timer: NodeJS.Timeout | null;
}

/** `takeOut`: hands over the link's calls that wait elsewhere. */
export function createWards(options: WardOptions, takeOut: (link: string) => readonly Pending[]): Wards {
  const wards = new Map<string, Ward>();

  function wardOf(link: string): Ward {
    const known = wards.get(link);
    if (known !== undefined) return known;
    const ward = { lane: createLane(null, options), stops: 0, pauses: 0, paused: null, timer: null };
    wards.set(link, ward);
    return ward;
  }

  function pause(link: string, ward: Ward, why: string): void {
    const ms = Math.min((options.pauseMs ?? PAUSE_MS) * 2 ** ward.pauses, LONGEST_PAUSE_MS);
    ward.pauses += 1;
    ward.paused = `The rules of ${link} had to be stopped ${ward.stops} times in a row (${why}): they are not asked again for ${inWords(ms)}`;
    ward.timer = setTimeout(() => {
      ward.paused = null;
      // One more stop is enough to pause again.
      ward.stops = MOST_STOPS - 1;
    }, ms).unref();
  }

  /** Takes calls as a lane does, but refuses them while the link is paused. */
  function guarded(ward: Ward): Lane {
    const add = (calls: readonly Pending[]) => {
      const { paused } = ward;
      if (paused === null) ward.lane.add(calls);
      else for (const call of calls) call.refused(paused);
    };
    return { ...ward.lane, add };
  }

  return {
    lane(link) {
      const ward = wards.get(link);
      return ward === undefined ? null : guarded(ward);
    },
    stopped(link, why) {
      const ward = wardOf(link);
      ward.stops += 1;
      if (ward.stops >= MOST_STOPS && ward.paused === null) pause(link, ward, why);
      const waiting = [...takeOut(link), ...ward.lane.remove(() => true)];
      guarded(ward).add(waiting);
    },
    passed(link) {
      const ward = wards.get(link);
      if (ward !== undefined) Object.assign(ward, { stops: 0, pauses: 0 });
    },
    remove(matches) {
      for (const { lane } of wards.values()) lane.remove(matches);
    },
    async close(error) {
      for (const { timer } of wards.values()) if (timer !== null) clearTimeout(timer);
      await Promise.all([...wards.values()].map(({ lane }) => lane.close(error)));
    },
  };
}

function inWords(ms: number): string {
  return ms < 60_000 ? `${ms / 1000} s` : `${Math.round(ms / 60_000)} min`;
}
