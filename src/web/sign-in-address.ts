/** Where one signs in and comes back from. */
export function signInAddress(back: string): string {
  return back === '/' ? '/sign-in' : `/sign-in?back=${encodeURIComponent(back)}`;
}
