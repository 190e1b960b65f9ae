/** Plain text as it was written; addresses in it (http, https) can be opened, nothing else is markup. */
const address = /(https?:\/\/[^\s<>"'«»]+[^\s<>"'«».,;:!?)\]،؛])/g;

export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {text.split(address).map((part, i) =>
        i % 2 ? (
          <a key={i} href={part} target="_blank" rel="noopener noreferrer nofollow">
            <bdi>{part}</bdi>
          </a>
        ) : (
          part
        ),
      )}
    </>
  );
}
