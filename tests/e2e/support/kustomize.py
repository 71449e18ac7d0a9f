"""What `kustomize build` makes of deploy/kubernetes, as far as those files use it; of anything else this says that it does not know it.

The real one is no package of Debian. Where one is on the PATH, test_kubernetes.py compares.
"""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path

import yaml

KNOWN = {"apiVersion", "kind", "resources", "configMapGenerator", "generatorOptions", "labels", "images", "patches"}
DIGEST = "[2456789bcdfghkmt]{10}"  # it spells no words
# Lists whose elements are merged by a key; every other list is replaced as a whole.
MERGE_KEYS = {"containers": "name", "initContainers": "name", "env": "name", "ports": "containerPort", "volumeMounts": "mountPath",
              "volumes": "name"}


def merge(target, patch):
    """A strategic merge, in place."""
    for key, value in patch.items():
        if key == "$patch":
            continue
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        elif isinstance(value, list) and key in MERGE_KEYS and {"$patch": "replace"} not in value:
            _merge_lists(target.setdefault(key, []), value, MERGE_KEYS[key])
        elif isinstance(value, list):
            target[key] = [element for element in value if element != {"$patch": "replace"}]
        else:
            target[key] = value


def _merge_lists(target, patch, key):
    for element in patch:
        same = next((other for other in target if other[key] == element[key]), None)
        if same is None:
            target.append(element)
        else:
            merge(same, element)


def change(target, operations):
    """Operations of RFC 6902, in place."""
    for operation in operations:
        *above, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        place = target
        for part in above:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(place, list):
            last = len(place) if last == "-" else int(last)
        if operation["op"] == "add":
            place.insert(last, operation["value"]) if isinstance(place, list) else place.__setitem__(last, operation["value"])
        elif operation["op"] in ("remove", "replace"):
            assert isinstance(place, list) or last in place, f"{operation['path']} is not there"
            place.pop(last)
            if operation["op"] == "replace":
                place.insert(last, operation["value"]) if isinstance(place, list) else place.__setitem__(last, operation["value"])
        else:
            raise NotImplementedError(operation["op"])


def _selects(target, thing):
    return target.get("kind", thing["kind"]) == thing["kind"] and target.get("name", thing["metadata"]["name"]) == thing["metadata"]["name"]


def _patch(objects, patch, folder):
    text = (folder / patch["path"]).read_text() if "path" in patch else patch["patch"]
    content = yaml.safe_load(text)
    if isinstance(content, list):
        selected = [thing for thing in objects if _selects(patch["target"], thing)]
        assert selected, f"nothing is patched by {patch['target']}"
        for thing in selected:
            change(thing, content)
        return objects
    selected = [thing for thing in objects if _selects({"kind": content["kind"], **content["metadata"]}, thing)]
    assert len(selected) == 1, f"{len(selected)} objects are patched by {content['kind']} {content['metadata']}"
    if content.get("$patch") == "delete":
        return [thing for thing in objects if thing is not selected[0]]
    merge(selected[0], content)
    return objects


def _generate(objects, generator, options, folder):
    data = {Path(name).name: (folder / name).read_text() for name in generator["files"]}
    if generator.get("behavior", "create") == "replace":
        next(thing for thing in objects if thing["kind"] == "ConfigMap" and thing["metadata"]["name"] == generator["name"])["data"] = data
        return objects
    metadata = {"name": generator["name"]}
    if options.get("labels"):
        metadata["labels"] = dict(options["labels"])
    return objects + [{"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": metadata, "hashed": not options.get("disableNameSuffixHash")}]


def _label(thing, pairs):
    def give(*path):
        place = thing
        for part in path:
            place = place.setdefault(part, {})
        place.update(pairs)
    give("metadata", "labels")
    if thing["kind"] == "Deployment":
        give("spec", "template", "metadata", "labels")
    if thing["kind"] in ("Deployment", "PodDisruptionBudget"):
        give("spec", "selector", "matchLabels")
    elif thing["kind"] == "NetworkPolicy":
        give("spec", "podSelector", "matchLabels")
    elif thing["kind"] == "Service":
        give("spec", "selector")


def _objects(folder):
    wanted = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(wanted) <= KNOWN, f"not known here: {set(wanted) - KNOWN}"
    objects = []
    for name in wanted.get("resources", []):
        place = (folder / name).resolve()
        objects += _objects(place) if place.is_dir() else [thing for thing in yaml.safe_load_all(place.read_text()) if thing]
    for generator in wanted.get("configMapGenerator", []):
        objects = _generate(objects, generator, wanted.get("generatorOptions", {}), folder)
    for patch in wanted.get("patches", []):
        objects = _patch(objects, patch, folder)
    for label in wanted.get("labels", []):
        assert label.keys() == {"pairs", "includeSelectors", "includeTemplates"}
        for thing in objects:
            _label(thing, label["pairs"])
    for image in wanted.get("images", []):
        for thing in objects:
            for container in thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
                if container["image"] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"
    return objects


def build(folder):
    """The objects of a kustomization. Generated maps keep their plain names, without the digest."""
    objects = copy.deepcopy(_objects(Path(folder)))
    for thing in objects:
        thing.pop("hashed", None)
    return objects


def real():
    """The command of a kustomize that is new enough, or nothing."""
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if not shutil.which(command[0]):
            continue
        version = subprocess.run([command[0], "version", *(["--client"] if command[0] == "kubectl" else [])], capture_output=True, text=True).stdout
        if any(f"v{major}." in line for line in version.splitlines() if "ustomize" in line or command[0] == "kustomize" for major in (5, 6)):
            return command
    return None


def build_with(command, folder):
    """The same by the real one, its digests taken off."""
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    text = json.dumps(objects)
    for thing in objects:
        name, _, digest = thing["metadata"]["name"].rpartition("-")
        if thing["kind"] == "ConfigMap" and re.fullmatch(DIGEST, digest):
            text = text.replace(thing["metadata"]["name"], name)
    return json.loads(text)


def comparable(objects):
    """Without the order of objects, and of what is merged by a key."""
    def sort(value, key=None):
        if isinstance(value, dict):
            return {name: sort(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            inner = [sort(element) for element in value]
            merged_by = MERGE_KEYS.get(key)
            return sorted(inner, key=lambda element: str(element[merged_by])) if merged_by and all(merged_by in e for e in inner) else inner
        return value
    return sorted(map(sort, objects), key=lambda thing: (thing["kind"], thing["metadata"]["name"]))
