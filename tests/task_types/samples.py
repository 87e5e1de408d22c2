"""Real-looking params of every task type, for the tests of all types at once."""

PICTURE = "https://example.com/picture.jpg"

SAMPLES: dict[str, dict[str, dict[str, object]]] = {
    "categorization": {
        "one": {"attachment": PICTURE, "attachment_type": "image", "categories": ["cat", "dog"]},
        "several": {
            "attachment": "What a day!",
            "attachment_type": "text",
            "categories": ["joy", {"choice": "grief", "subchoices": ["anger", "fear"]}],
            "allow_multiple": True,
            "category_ids": {"j": "joy", "a": "anger"},
        },
    },
    "comparison": {
        "choice": {
            "attachments": [PICTURE, "https://example.com/other.jpg"],
            "attachment_type": "image",
            "choices": ["left", "right", "alike"],
        },
        "fields": {
            "attachments": ["One answer.", "Another answer."],
            "attachment_type": "text",
            "choices": ["left", "right"],
            "fields": {"reason": "Why?"},
        },
    },
    "imageannotation": {
        "all": {
            "attachment": PICTURE,
            "geometries": {
                "box": {"objects_to_annotate": ["car", "bus"], "min_width": 5},
                "polygon": {"objects_to_annotate": ["lake"], "max_vertices": 12},
                "line": {"objects_to_annotate": ["road"]},
                "point": {"objects_to_annotate": ["tree"]},
            },
            "annotation_attributes": {
                "colour": {"type": "category", "choices": ["red", "blue"], "required": False}
            },
        },
    },
    "namedentityrecognition": {
        "people": {
            "text": "Ann met Ben 🙂 in Paris.",
            "labels": [{"name": "PERSON"}, {"name": "PLACE", "description": "A spot"}],
        },
    },
    "textcollection": {
        "question": {
            "attachments": [{"type": "text", "content": "Is it so?"}],
            "fields": [
                {
                    "field_id": "so",
                    "type": "category",
                    "choices": [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}],
                }
            ],
        },
        "form": {
            "attachments": [{"type": "image", "content": PICTURE}],
            "fields": [
                {"field_id": "title", "type": "TextField", "title": "Title"},
                {"field_id": "count", "type": "NumberField", "min": 1, "max": 9},
                {"field_id": "clear", "type": "BooleanField", "required": False},
                {"field_id": "names", "type": "text", "max_responses_required": 3},
                {
                    "field_id": "place",
                    "type": "FieldSet",
                    "fields": [{"field_id": "town", "type": "TextField"}],
                },
            ],
        },
    },
    "transcription": {
        "receipt": {
            "attachment": PICTURE,
            "attachment_type": "image",
            "fields": {"shop": "Name of the shop", "total": "Sum"},
            "repeatable_fields": {"item": "What was bought"},
        },
    },
}

EVERY = [(name, params) for name, forms in SAMPLES.items() for params in forms.values()]
IDS = [f"{name}-{form}" for name, forms in SAMPLES.items() for form in forms]
