/** Random changes of the training patches; image and mask move together. All probabilities are in 0–1; 0 is off. */
export interface AugmentationConfig {
  /** Probability of a top–bottom mirror. */
  readonly verticalFlip: number;
  /** Probability of a left–right mirror. */
  readonly horizontalFlip: number;
  /** Probability of a rotation by 0, 90, 180 or 270 degrees, chosen evenly. */
  readonly rot90: number;
  /** Rotation by an angle drawn evenly from ± `degrees`; corners without data are ignored by the loss. */
  readonly rotation: { readonly probability: number; readonly degrees: number };
  /** Zoom by a factor drawn evenly from `min` to `max` (above 1 enlarges). */
  readonly scale: { readonly probability: number; readonly min: number; readonly max: number };
  /** Side of a square cut out at a random place, in pixels; `null` keeps whole patches. */
  readonly crop: number | null;
  readonly brightness: Jitter;
  readonly contrast: Jitter;
  readonly saturation: Jitter;
  /** `limit` is a fraction of the colour circle (0–0.5). */
  readonly hue: Jitter;
}

/** A change of strength drawn evenly from ± `limit` (a fraction: 0.2 is ± 20 %). */
export interface Jitter {
  readonly probability: number;
  readonly limit: number;
}
