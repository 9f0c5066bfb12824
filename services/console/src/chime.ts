const NOTES = [
  { frequency: 659, at: 0 },
  { frequency: 523, at: 0.22 },
];

/** Two soft falling notes. A browser that allows no sound yet stays silent. */
export function chime(): void {
  const context = new AudioContext();
  for (const { frequency, at } of NOTES) {
    const start = context.currentTime + at;
    const oscillator = new OscillatorNode(context, { type: "sine", frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(0.18, start + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.001, start + 0.7);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.75);
  }
  setTimeout(() => void context.close(), 1500);
}
