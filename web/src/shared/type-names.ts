/** What annotators do with a task of each type, in words. */

const NAMES: Record<string, string> = {
  categorization: "Categorise",
  imageannotation: "Mark the image",
  namedentityrecognition: "Mark the text",
  textcollection: "Fill in",
  comparison: "Compare",
  transcription: "Transcribe",
};

export function typeName(type: string): string {
  return NAMES[type] ?? type;
}
