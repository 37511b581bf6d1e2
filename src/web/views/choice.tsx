/** One of a few, in a row of filters; its first option means any. */
interface ChoiceProps {
  name: string;
  /** What nothing chosen means; also its label. */
  word: string;
  options: readonly (readonly [value: string, word: string])[];
  chosen: string | null;
}

export const Choice = ({ name, word, options, chosen }: ChoiceProps) => (
  <label class="choice">
    <span class="sr">{word}</span>
    <select name={name}>
      <option value="">{word}</option>
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
