/** The BPF program that lets nothing pass but the SYN-ACKs of one address and port. */
import type { Ipv4 } from '../lib/ipv4.ts';
import { PROTOCOL_TCP } from '../wire/ipv4.ts';
import { TCP_ACK, TCP_SYN } from '../wire/tcp.ts';
import type { BpfInstruction } from './socket-options.ts';

const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const LOAD_HALF = 0x28; // BPF_LD | BPF_H | BPF_ABS
const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LOAD_HALF_BEYOND_HEADER = 0x48; // BPF_LD | BPF_H | BPF_IND
const LOAD_BYTE_BEYOND_HEADER = 0x50; // BPF_LD | BPF_B | BPF_IND
const LOAD_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

const WHOLE_PACKET = 0x40000;
const FRAGMENT_OFFSET = 0x1fff;
const SYN_ACK = TCP_SYN | TCP_ACK;

/** For packets that begin with their IPv4 header, as a packet socket of type SOCK_DGRAM sees them. */
export function synAckFilter(ip: Ipv4, port: number): readonly BpfInstruction[] {
  return [
    [LOAD_BYTE, 0, 0, 9],
    [JUMP_EQUAL, 0, 11, PROTOCOL_TCP],
    [LOAD_WORD, 0, 0, 12],
    [JUMP_EQUAL, 0, 9, ip],
    [LOAD_HALF, 0, 0, 6],
    [JUMP_ANY_BIT, 7, 0, FRAGMENT_OFFSET],
    [LOAD_HEADER_LENGTH, 0, 0, 0],
    [LOAD_HALF_BEYOND_HEADER, 0, 0, 0],
    [JUMP_EQUAL, 0, 4, port],
    [LOAD_BYTE_BEYOND_HEADER, 0, 0, 13],
    [AND, 0, 0, SYN_ACK],
    [JUMP_EQUAL, 0, 1, SYN_ACK],
    [RETURN, 0, 0, WHOLE_PACKET],
    [RETURN, 0, 0, 0],
  ];
}
