"""AWS, as MiniStack emulates it, under AWS's own names: emulator.py FOLDER

For a network namespace of its own. Every name is an address of this machine's loopback, and TLS is under FOLDER's
cert.pem. Requests are checked against the roles of who makes them. What the template needs and MiniStack lacks is
added at the end, as little as will do; what it lacks beyond that nobody sees here:

- CodeDeploy's resources are made and do nothing: an alias moves to the new version at once, and no alarm moves it back;
- an alarm on the sum of several metrics is kept, never evaluated; no metric is made of a log line, and there is neither
  a trace nor an access log;
- API Gateway throttles nothing, and asks no domain for its certificate;
- a function's memory does not bound it, and what it calls is MiniStack's plain port, for it trusts Amazon's roots only;
- a table restored to a point in time has the items of now, and a deleted one leaves no backup;
- SES has every identity verified and every account out of the sandbox, suppresses no address, and delivers nothing;
- a secret is generated with punctuation, and its output is its name;
- a name follows from the stack's, so a table that one left would be that of the next of the same name.
"""

import asyncio
import json
import os
import socket
import struct
import sys
import threading

FOLDER = sys.argv[1]
PLAIN = 4566
REGION = os.environ["AWS_REGION"]
os.environ |= {
    "AUTH": "true",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PLAIN}",
    "GATEWAY_PORT": str(PLAIN),
    "IOT_MTLS_ENABLED": "0",
    "MINISTACK_HOST": f"{REGION}.amazonaws.com",
    "MINISTACK_REGION": REGION,
    "S3_DATA_DIR": f"{FOLDER}/s3",
    "STATE_DIR": f"{FOLDER}/state",
    "TMPDIR": FOLDER,
}

# MiniStack reads these when it is imported.
import hypercorn.asyncio
import hypercorn.config
from ministack import app
from ministack.core import iam_actions
from ministack.services import ses_v2
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks
from samtranslator.translator import transform


def answer_names():
    """Answers each question for an IPv4 address with the loopback's, and has nothing to say to others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        while True:
            query, client = server.recvfrom(512)
            end = query.index(b"\0", 12) + 5
            found = query[end - 4 : end - 2] == b"\0\1"
            header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, found, 0, 0)
            record = struct.pack("!HHHIH4B", 0xC00C, 1, 1, 60, 4, 127, 0, 0, 1)
            server.sendto(header + query[12:end] + record * found, client)


def replaced(module, name, make):
    """Puts what `make` makes of a function of a module in that function's place."""
    setattr(module, name, make(getattr(module, name)))


# Names of services that it takes for those of buckets.
app._NON_S3_VHOST_NAMES |= {"pipes", "streams"}

# CodeDeploy.
for kind in ["Application", "DeploymentGroup"]:
    provisioners._RESOURCE_HANDLERS[f"AWS::CodeDeploy::{kind}"] = {
        "create": lambda name, properties, stack: (f"{stack}-{name}", {}),
        "update": lambda identity, old, new, stack: (identity, {}),
        "delete": lambda identity, properties: None,
    }


# Alarms on the sum of several metrics.
def with_sums(record):
    def changed(name, properties):
        properties = dict(properties)
        if properties.pop("Metrics", None):
            properties |= {"Namespace": "sum", "MetricName": "sum"}
        return record(name, properties)

    return changed


replaced(provisioners, "_cw_metric_alarm_record", with_sums)


# The routes of an HTTP API are in its OpenAPI body, where the SAM transform puts them, and so are its authorizers and CORS.
def read_body(api, body):
    gateway = provisioners._apigw_v2
    gateway._routes[api], gateway._integrations[api], gateway._authorizers[api] = {}, {}, {}
    authorizers = {}
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        wanted = scheme["x-amazon-apigateway-authorizer"]
        gateway._create_authorizer(api, wanted | {"authorizerType": "REQUEST", "name": name})
        authorizers[name] = list(gateway._authorizers[api])[-1]
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            wanted = operation["x-amazon-apigateway-integration"]
            settings = {"integrationUri": wanted["uri"], "payloadFormatVersion": wanted["payloadFormatVersion"]}
            gateway._create_integration(api, settings)
            made = list(gateway._integrations[api])[-1]
            route = {"routeKey": f"{method.upper()} {path}", "target": f"integrations/{made}"}
            for name in (name for asked in operation.get("security", []) for name in asked):
                route |= {"authorizationType": "CUSTOM", "authorizerId": authorizers[name]}
            gateway._create_route(api, route)
    gateway._apis[api].pop("corsConfiguration", None)
    if cors := body.get("x-amazon-apigateway-cors"):
        gateway._apis[api]["corsConfiguration"] = cors


def with_body(place):
    def make(change):
        def changed(*arguments, **more):
            identity, attributes = change(*arguments, **more)
            read_body(identity, arguments[place]["Body"])
            return identity, attributes

        return changed

    return make


api = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
api["create"] = with_body(1)(api["create"])
update = with_body(2)(api["update"])
api["update"] = lambda identity, old, new, stack, logical_id=None: update(identity, old, new, stack, logical_id)


# The SAM transform needs the values of parameters.
def with_values(apply):
    def changed(template, provided=None, previous=None):
        values = engine._transform_parameters(template, provided, previous)
        transform.transform = lambda fragment, _, policies: plain_transform(fragment, values, policies)
        return apply(template, provided, previous)

    return changed


plain_transform = transform.transform
for module in [changesets, handlers]:
    replaced(module, "_apply_transforms", with_values)


# A secret is resolved again when a property of its resource changes, even by a parameter.
def with_parameters(resolve):
    def changed(properties, previous=None, reuse_ssm=False, reuse_secrets=False):
        before, now = (previous or {}).get("properties"), json.dumps(properties, default=str)
        values, resolved = resolve(properties, previous, reuse_ssm, reuse_secrets and before == now)
        return values, {**resolved, "properties": now}

    return changed


replaced(stacks, "_resolve_dynamic_references", with_parameters)


# The DNS records of a mail domain.
def with_records(create):
    def changed(*arguments):
        identity, attributes = create(*arguments)
        for number, token in enumerate(ses_v2._dkim_tokens(identity), 1):
            attributes[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{identity}"
            attributes[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
        return identity, attributes

    return changed


domain = provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]
domain["create"] = with_records(domain["create"])


# The permission to send a mail is one on the sender's identity.
def with_sender(resource):
    def changed(method, path, body, region, account):
        if (method, path.rstrip("/")) != ("POST", "/v2/email/outbound-emails"):
            return resource(method, path, body, region, account)
        domain = json.loads(body)["FromEmailAddress"].rpartition("@")[2].rstrip(">")
        return f"arn:aws:ses:{region}:{account}:identity/{domain}"

    return changed


replaced(iam_actions, "_ses_v2_resource_arn", with_sender)

threading.Thread(target=answer_names, daemon=True).start()
server = hypercorn.config.Config()
server.bind, server.insecure_bind = ["127.0.0.1:443"], [f"127.0.0.1:{PLAIN}"]
server.certfile, server.keyfile = f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem"
asyncio.run(hypercorn.asyncio.serve(app.app, server))
