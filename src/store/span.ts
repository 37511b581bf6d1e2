/** A stretch of time. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}
