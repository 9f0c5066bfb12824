import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { isUnauthorised, ProblemError } from "../api";
import { backoff, type Connection, type Contact, connectionAt } from "../model/connection";
import { decoded } from "../model/stream";

/** The part of EventSource that is used. */
export type Stream = Pick<EventSource, "addEventListener" | "close" | "readyState">;

const CLOSED = 2;
const EVENTS = ["alert", "status", "service", "reading", "incident", "flood", "suppression", "note"] as const;
export type EventName = (typeof EVENTS)[number];

/** Whoever lives on the link. */
export interface Listener {
  /** The stream is open, for the first time or again: what happened before is to be read. */
  opened(): void;
  told(name: EventName, data: unknown): void;
  /** The session has ended. */
  signedOut(): void;
}

/** The connection to the server: one event stream, reopened for ever, and how long it has been silent. */
export class Link {
  readonly connection: ReadonlySignal<Connection>;
  /** This computer's time, second by second (ms). */
  readonly local = signal(Date.now());

  readonly #open: () => Stream;
  readonly #checkSession: () => Promise<unknown>;
  readonly #listener: Listener;
  readonly #contact = signal<Contact>({ open: false, heard: null, broken: Date.now() });
  #stream: Stream | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    open: () => Stream,
    checkSession: () => Promise<unknown>,
    ahead: ReadonlySignal<number>,
    listener: Listener,
  ) {
    this.#open = open;
    this.#checkSession = checkSession;
    this.#listener = listener;
    this.connection = computed(() => connectionAt(this.local.value, this.#contact.value, ahead.value));
  }

  get isOpen(): boolean {
    return this.#contact.value.open;
  }

  start(): void {
    this.#contact.value = { open: false, heard: null, broken: Date.now() };
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#stream?.close();
  }

  /** An open stream to a server that no longer answers is a dead one: give it up. */
  async attempt(read: () => Promise<unknown>): Promise<void> {
    try {
      await read();
      if (this.isOpen) this.#heard();
    } catch (error) {
      if (isUnauthorised(error)) this.#listener.signedOut();
      else if (!(error instanceof ProblemError) && this.isOpen) {
        this.#broke();
        this.#reconnectLater();
      }
    }
  }

  #connect(): void {
    const stream = this.#open();
    this.#stream = stream;
    stream.addEventListener("open", () => this.#opened());
    stream.addEventListener("error", () => this.#failed(stream));
    for (const name of EVENTS) {
      stream.addEventListener(name, (event) => {
        this.#heard();
        this.#listener.told(name, decoded((event as MessageEvent<string>).data));
      });
    }
  }

  #opened(): void {
    this.#attempt = 0;
    this.#contact.value = { ...this.#contact.value, open: true, heard: Date.now() };
    this.#listener.opened();
  }

  /** The browser itself tries again, unless the server refused; then it is for us to. */
  #failed(stream: Stream): void {
    this.#broke();
    if (stream.readyState === CLOSED) this.#reconnectLater();
  }

  #broke(): void {
    if (this.isOpen) this.#contact.value = { ...this.#contact.value, open: false, broken: Date.now() };
  }

  /** A stream says only that it was refused; asking for the session says whether for want of one. */
  #reconnectLater(): void {
    clearTimeout(this.#retry);
    this.#stream?.close();
    const again = () => {
      this.#connect();
      void this.attempt(this.#checkSession);
    };
    this.#retry = setTimeout(again, backoff(this.#attempt++));
  }

  #heard(): void {
    this.#contact.value = { ...this.#contact.value, heard: Date.now() };
  }
}
