/**
 * The classic BPF programs (Linux Documentation/networking/filter.rst) that a packet socket runs on every frame of the
 * interface, so that what is of no interest never wakes the process.
 */
const LOAD_HALF = 0x28; // BPF_LD | BPF_H | BPF_ABS
const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

const WHOLE_FRAME = 0x40000;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const HOP_BY_HOP = 0;
const ICMPV6 = 58;
const TAGS = [0x8100, 0x88a8, 0x9100];
const TYPE_OFFSETS = [12, 16, 20];

/** struct sock_filter: code, jump if true, jump if false, operand. */
type Instruction = readonly [code: number, onTrue: number, onFalse: number, operand: number];

export interface FrameFilter {
  /** What passes, as people call it. */
  readonly passes: string;
  /** An array of struct sock_filter, and how many. */
  readonly code: Uint8Array;
  readonly length: number;
}

/** ARP passes, tagged up to twice or not. The outermost tag is usually off the frame already when the filter sees it. */
export function arpFilter(): FrameFilter {
  const instructions: Instruction[] = [];
  const perLevel = 2 + TAGS.length;
  const accept = TYPE_OFFSETS.length * perLevel - TAGS.length + 1;
  const refuse = accept - 1;
  TYPE_OFFSETS.forEach((offset, level) => {
    const last = level === TYPE_OFFSETS.length - 1;
    instructions.push([LOAD_HALF, 0, 0, offset]);
    const next = instructions.length + 1;
    instructions.push([JUMP_EQUAL, accept - next, last ? refuse - next : 0, ARP]);
    if (last) return;
    const nextLevel = (level + 1) * perLevel;
    TAGS.forEach((tag, i) => {
      const after = instructions.length + 1;
      const onFalse = i === TAGS.length - 1 ? refuse - after : 0;
      instructions.push([JUMP_EQUAL, nextLevel - after, onFalse, tag]);
    });
  });
  return assemble('ARP', [...instructions, [RETURN, 0, 0, 0], [RETURN, 0, 0, WHOLE_FRAME]]);
}

/** ICMPv6 passes, directly behind the header or behind hop-by-hop options. No tags: another VLAN is another link. */
export function icmpv6Filter(): FrameFilter {
  return assemble('ICMPv6', [
    [LOAD_HALF, 0, 0, 12],
    [JUMP_EQUAL, 0, 5, IPV6],
    [LOAD_BYTE, 0, 0, 20],
    [JUMP_EQUAL, 4, 0, ICMPV6],
    [JUMP_EQUAL, 0, 2, HOP_BY_HOP],
    [LOAD_BYTE, 0, 0, 54],
    [JUMP_EQUAL, 1, 0, ICMPV6],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, WHOLE_FRAME],
  ]);
}

function assemble(passes: string, instructions: readonly Instruction[]): FrameFilter {
  const code = new Uint8Array(instructions.length * 8);
  const view = new DataView(code.buffer);
  instructions.forEach(([operation, onTrue, onFalse, operand], i) => {
    view.setUint16(i * 8, operation, true);
    view.setUint8(i * 8 + 2, onTrue);
    view.setUint8(i * 8 + 3, onFalse);
    view.setUint32(i * 8 + 4, operand, true);
  });
  return { passes, code, length: instructions.length };
}
