"""A stack from its first deployment to its removal, by the documents' commands. Prints a line for each step."""

import json
import os
import re
import sys
import time
from pathlib import Path

import documents
from stack import (
    NAME,
    RUN,
    Failed,
    activate,
    ask,
    aws,
    deploy,
    document,
    documented,
    expect,
    expect_status,
    hash_cost,
    mails,
    outputs,
    register,
    request,
    resource,
    shell,
    variant,
)

ADA = "ada@example.com"
SETTINGS = documents.ROOT / "samconfig.toml"


def first_deployment():
    """the first deployment, as the documents have it"""
    settings = SETTINGS.read_text()
    # SAM asks for a hidden parameter until something is typed.
    hidden = [("WebhookUrl", "https://example.com/"), ("WebhookSecret", "0" * 32)]
    document("sam build && sam deploy", answers=[*hidden, ("Disable rollback", "n")])
    if SETTINGS.read_text() != settings:
        # Back from where --guided put the bundles, so that an update changes nothing but what it says.
        SETTINGS.write_text(settings)
        deploy()
    made = ask(f"cloudformation list-stack-resources --stack-name {NAME}")["StackResourceSummaries"]
    expect(all(one["ResourceStatus"].endswith("_COMPLETE") for one in made), made)

    url = outputs()["Url"]
    expect_status(200, outputs()["PageUrl"])
    register(url, ADA)
    log = document("aws logs tail --since 5m", STACK=NAME)
    expect(code := re.search(r'"code":"(\d{4})"', log), log)
    activate(url, ADA, code[1])
    expect_status(200, f"{url}/api/me", user=ADA)
    return f"{len(made)} resources"


def suite():
    """the suite for any service"""
    url = outputs()["Url"]
    host = re.search(r"https://…\S+", documents.command("any_service"))[0]
    expect(url.endswith(host.partition("…")[2]), url, host)
    output = document("any_service", url.removeprefix("https://").partition(".")[0])
    [passed] = [line for line in output.splitlines() if line.startswith("test result: ok") and " 0 passed" not in line]
    return re.search(r"\d+ passed", passed)[0]


def cost():
    """another bcrypt cost is taken up"""
    document("--parameter-overrides BcryptCost")
    register(outputs()["Url"], "bea@example.com")
    cost = hash_cost(outputs()["UsersTable"], "bea@example.com")
    expect(cost == 13, f"a hash of cost {cost}")


def secret():
    """another secret is taken up with another release"""
    document("secretsmanager put-secret-value", CODE_SECRET_ARN=outputs()["CodeSecret"])
    live = ask(f"lambda get-function-configuration --function-name {resource('RegisterFunction')}:live")
    given = live["Environment"]["Variables"]["CODE_SECRET"]
    stored = ask(f"secretsmanager get-secret-value --secret-id {outputs()['CodeSecret']}")["SecretString"]
    expect(given == stored and re.fullmatch("[0-9a-f]{64}", stored), given, stored)
    register(outputs()["Url"], "cid@example.com")


def breached_passwords():
    """passwords are looked up in breaches, and nobody is refused while that can't be done"""
    document("--parameter-overrides BreachedPasswords")
    live = ask(f"lambda get-function-configuration --function-name {resource('RegisterFunction')}:live")
    expect(live["Environment"]["Variables"]["BREACHED_PASSWORDS"] == "on", live)
    register(outputs()["Url"], "ivy@example.com")


def mail_by_ses():
    """mail by SES: refused without a sender, else sent"""
    refused = deploy(documented("Mailer=ses"), fails=True)
    expect("Mailer=ses needs MailFrom" in refused, refused)
    identity = json.loads(document("create-email-identity"))
    expect(len(identity["DkimAttributes"]["Tokens"]) == 3, identity)
    identity = json.loads(document("get-email-identity"))
    expect(identity["VerifiedForSendingStatus"], identity)
    document("put-account-details", "https://www.example.com", "'codes of registrations'")
    account = json.loads(document("get-account"))
    expect(account["ProductionAccessEnabled"], account)
    document("--parameter-overrides Mailer=ses")
    url = outputs()["Url"]
    expect(register(url, "dan@example.com")["code"]["sent"], "no mail")
    code = mails()[-1]["Subject"].split()[0]
    activate(url, "dan@example.com", code)
    expect_status(200, f"{url}/api/me", user=ADA)


def guarded_api():
    """the example of a guarded API lets active accounts in, until they are deleted"""
    document("--template-file examples/protected-api")
    url = outputs()["Url"]
    hello = f"{outputs('protected-api')['Url']}/hello"
    expect_status(401, hello)
    expect_status(403, hello, user="nobody@example.com")
    _, body = expect_status(200, hello, user="dan@example.com")
    expect(json.loads(body)["hello"] == "dan@example.com", body)
    expect_status(204, f"{url}/api/me", user="dan@example.com", method="DELETE")
    # Its earlier answer is cached for five minutes.
    expect_status(200, hello, user="dan@example.com")
    expect("account was deleted" in mails()[-1]["Subject"], mails()[-1]["Subject"])
    register(url, "dan@example.com")
    document("sam delete --stack-name protected-api")


def operator():
    """The credentials of a role that has the policy of docs/operations.md and no other."""
    policy = re.search(r'```json\n({\n  "Version".*?)```', (documents.ROOT / "docs/operations.md").read_text(), re.DOTALL)[1]
    account = ask("sts get-caller-identity")["Account"]
    words = {"REGION": os.environ["AWS_REGION"], "ACCOUNT": account, "STACK": NAME}
    words |= {f"{table.upper()}_TABLE": outputs()[f"{table}Table"] for table in ("Users", "Codes", "Limits")}
    for word, value in words.items():
        policy = re.sub(rf"\b{word}\b", value, policy)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = ask(f"iam create-role --role-name operator --assume-role-policy-document '{trust}'")["Role"]["Arn"]
    aws(f"iam put-role-policy --role-name operator --policy-name operator --policy-document '{policy}'")
    given = ask(f"sts assume-role --role-arn {arn} --role-session-name operator")["Credentials"]
    names = {"ACCESS_KEY_ID": "AccessKeyId", "SECRET_ACCESS_KEY": "SecretAccessKey", "SESSION_TOKEN": "SessionToken"}
    return " ".join(f"AWS_{name}='{given[key]}'" for name, key in names.items())


def operators():
    """operators show, disable, enable, export and import, with the role of the documents"""
    # Like the functions, it trusts Amazon's roots only, so it calls MiniStack's plain port.
    here = f"{operator()} AWS_ENDPOINT_URL=http://127.0.0.1:4566"
    admin = f"{here} {os.environ['TARGET']}/debug/admin --stack {NAME}"
    refused = shell(f"{here} aws dynamodb describe-table --table-name {outputs()['UsersTable']}", fails=True)
    expect("AccessDenied" in refused, refused)
    url = outputs()["Url"]
    shown = json.loads(shell(f"{admin} show {ADA} --json 2>/dev/null"))
    expect(shown["account"]["state"] == "active" and "hash" not in json.dumps(shown), shown)
    shell(f"{admin} disable {ADA} --yes")
    expect("account-disabled" in expect_status(403, f"{url}/api/me", user=ADA)[1], "no word of it")
    listed = shell(f"{admin} list --state disabled")
    expect(ADA in listed, listed)
    shell(f"{admin} enable {ADA} --yes")
    expect_status(200, f"{url}/api/me", user=ADA)
    moved = os.environ["WORK"] + "/users.csv"
    shell(f"{admin} export --with-hashes --output {moved}")
    shell(f"{admin} delete {ADA} --yes")
    expect_status(401, f"{url}/api/me", user=ADA)
    shell(f"{admin} import {moved} --own-hashes --yes")
    expect_status(200, f"{url}/api/me", user=ADA)
    shell(f"{admin} clear-limits {ADA} --yes")
    return "and nobody was lost"


def events():
    """changes of accounts are events, as far as the emulator brings them"""
    document("--parameter-overrides Events=on")
    refused = deploy(f"RestoredUsersTable={outputs()['UsersTable']}", documented("Events=on"), fails=True)
    expect("Events=on needs the stack's own table" in refused, refused)
    [pipe] = ask("pipes list-pipes")["Pipes"]
    expect(pipe["CurrentState"] == "RUNNING", pipe)
    register(outputs()["Url"], "eve@example.com")
    # MiniStack asks no enrichment and sends nothing to a bus: what the pipe would do there is done by hand.
    stream = ask(f"dynamodb describe-table --table-name {outputs()['UsersTable']}")["Table"]["LatestStreamArn"]
    [shard] = ask(f"dynamodbstreams describe-stream --stream-arn {stream}")["StreamDescription"]["Shards"]
    first = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    iterator = document("dynamodbstreams get-shard-iterator", STREAM=stream, SHARD=shard["ShardId"], NUMBER=first)
    iterator = json.loads(iterator)["ShardIterator"]
    records = json.loads(document("dynamodbstreams get-records", ITERATOR=iterator))["Records"]
    expect("$2b$" in json.dumps(records), records)
    changes, answer = (f"{os.environ['WORK']}/{name}.json" for name in ("changes", "events"))
    Path(changes).write_text(json.dumps(records))
    function = f"--function-name {resource('AccountEventsFunction')}:live"
    aws(f"lambda invoke {function} --cli-binary-format raw-in-base64-out --payload file://{changes} {answer}")
    told = json.loads(Path(answer).read_text())
    expect([(event["type"], event["user"]["email"]) for event in told] == [("user.registered", "eve@example.com")], told)
    deploy("Events=off")
    expect(not ask("pipes list-pipes")["Pipes"], "the pipe stayed")


def failed_update():
    """an update that fails is taken back"""
    broken = (
        "\n  Broken:\n    Type: AWS::CloudWatch::Alarm\n    DependsOn: [RegisterFunctionAliaslive]\n"
        "    Properties: { ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Namespace: A, MetricName: B }"
    )
    deploy("BcryptCost=11", template=variant("\nResources:", f"\nResources:{broken}"), fails=True)
    [stack] = ask(f"cloudformation describe-stacks --stack-name {NAME}")["Stacks"]
    expect(stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", stack)
    register(outputs()["Url"], "eli@example.com")
    cost = hash_cost(outputs()["UsersTable"], "eli@example.com")
    expect(cost == 13, f"a hash of cost {cost} after the rollback")


def poorer_role():
    """a function is refused what its role leaves out"""
    url = outputs()["Url"]
    actions = "dynamodb:BatchGetItem, dynamodb:PutItem, dynamodb:UpdateItem"
    deploy(template=variant(actions, actions.replace("dynamodb:PutItem, ", "")))
    register(url, "fay@example.com", status=500)
    deploy()
    register(url, "fay@example.com")


def domain():
    """a domain of one's own"""
    made = outputs()
    certificate = f"arn:aws:acm:{os.environ['AWS_REGION']}:{made['AlarmTopic'].split(':')[4]}:certificate/any"
    document("apigatewayv2 create-api-mapping", CERTIFICATE_ARN=certificate, API_ID=made["ApiId"])
    expect_status(200, "https://accounts.example.com/api/me", user=ADA)
    [mapping] = ask("apigatewayv2 get-api-mappings --domain-name accounts.example.com")["Items"]
    mapping = f"--domain-name accounts.example.com --api-mapping-id {mapping['ApiMappingId']}"
    aws(f"apigatewayv2 delete-api-mapping {mapping}")


def restore():
    """users are restored, copied and given back"""
    made = outputs()
    own, url = made["UsersTable"], made["Url"]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    restored_at = re.search(r"--restore-date-time (\S+)", documents.command("restore-table-to-point-in-time"))[1]
    document("restore-table-to-point-in-time", **{"USERS_TABLE": own, restored_at: now})
    document("list-backups", USERS_TABLE=own)
    document("update-time-to-live")
    expiry = ask("dynamodb describe-time-to-live --table-name users-restored")["TimeToLiveDescription"]
    expect(expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}, expiry)
    backups = ask("dynamodb describe-continuous-backups --table-name users-restored")["ContinuousBackupsDescription"]
    expect(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED", backups)
    table = ask("dynamodb describe-table --table-name users-restored")["Table"]
    expect(table["DeletionProtectionEnabled"], table)

    since = f"{time.time_ns() // 1_000_000}"
    register(url, "gil@example.com")
    document("--parameter-overrides RestoredUsersTable")
    expect_status(200, f"{url}/api/me", user=ADA)
    expect_status(401, f"{url}/api/me", user="gil@example.com")
    [milliseconds] = re.findall(r'"N": "(\d+)"', documents.command("dynamodb scan"))
    scanned = json.loads(document("dynamodb scan", **{"USERS_TABLE": own, milliseconds: since}))
    expect([item["email"]["S"] for item in scanned["Items"]] == ["gil@example.com"], scanned)
    item = Path(os.environ["WORK"]) / "item.json"
    item.write_text(json.dumps(scanned["Items"][0]))
    document("dynamodb put-item", ITEM=str(item))
    expect_status(403, f"{url}/api/me", user="gil@example.com")
    register(url, "hal@example.com")
    expect(hash_cost("users-restored", "hal@example.com") == 13, "hal is not in the restored table")

    deploy(documented("RestoredUsersTable="))
    expect_status(403, f"{url}/api/me", user="gil@example.com")
    expect_status(401, f"{url}/api/me", user="hal@example.com")


def without_pages():
    """without pages, for the pages of another site"""
    origin = "https://www.example.com"
    deploy(f"CorsOrigin={origin}", "AlarmEmail=ops@example.com", "ReservedConcurrency=2", documented("Site=off"))
    made = outputs()
    url = made["Url"]
    expect("PageUrl" not in made, made)
    expect_status(404, f"{url}/")
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    status, headers, _ = request(f"{url}/api/register", method="OPTIONS", Origin=origin, **asked)
    expect(status in (200, 204), status)
    expect(headers["Access-Control-Allow-Origin"] == origin, headers)
    expect(headers["Access-Control-Allow-Headers"].lower() == "authorization,content-type", headers)
    headers, _ = expect_status(200, f"{url}/api/me", user=ADA, Origin=origin)
    expect(headers["Access-Control-Allow-Origin"] == origin, headers)
    expect(headers["Access-Control-Expose-Headers"] == "retry-after", headers)
    headers, _ = expect_status(200, f"{url}/api/me", user=ADA, Origin="https://elsewhere.example")
    expect(headers["Access-Control-Allow-Origin"] is None, headers)
    [mailed] = ask(f"sns list-subscriptions-by-topic --topic-arn {made['AlarmTopic']}")["Subscriptions"]
    expect(mailed["Endpoint"] == "ops@example.com", mailed)


def lasting_stacks():
    """staging and production, each with its settings"""
    settings = SETTINGS.read_text()
    sender = documented("MailFrom=").replace("…", "codes@example.com")
    alarms = documented("AlarmEmail=").replace("…", "ops@example.com")
    changed = settings.replace('"Mailer=ses"', f'"Mailer=ses", {sender}, {alarms}')
    expect(changed.count(sender) == 2, "not both mail by SES", settings)
    SETTINGS.write_text(changed)
    shell(documents.command("--config-env production").replace("production", "staging"))
    document("--config-env production")
    named = [("staging", "User Registration (staging)", 7), ("production", "User Registration", 90)]
    for environment, name, days in named:
        made = outputs(f"{NAME}-{environment}")
        register(made["Url"], f"ada@{environment}.example")
        subject = mails()[-1]["Subject"]
        expect(subject.endswith(f"is your code for {name}"), subject)
        logs = resource("FunctionLogs", f"{NAME}-{environment}")
        [group] = ask(f"logs describe-log-groups --log-group-name-prefix {logs}")["logGroups"]
        expect(group["retentionInDays"] == days, group)
        [mailed] = ask(f"sns list-subscriptions-by-topic --topic-arn {made['AlarmTopic']}")["Subscriptions"]
        expect(mailed["Endpoint"] == "ops@example.com", mailed)
    for environment in ["staging", "production"]:
        users = outputs(f"{NAME}-{environment}")["UsersTable"]
        remove(f"{NAME}-{environment}")
        expect(users in ask("dynamodb list-tables")["TableNames"], users)
        delete_users(users)
    SETTINGS.write_text(settings)


def remove(name=NAME):
    document("sam delete", STACK=name)


def delete_users(table):
    document("no-deletion-protection-enabled", USERS_TABLE=table)
    document("delete-table", USERS_TABLE=table)


def removal():
    """the stack goes, its users stay, and another takes them over"""
    users = outputs()["UsersTable"]
    remove()
    tables = ask("dynamodb list-tables")["TableNames"]
    expect(set(tables) == {users, "users-restored"}, tables)
    refused = shell(documents.command("delete-table").replace("USERS_TABLE", users), fails=True)
    expect("protect" in refused, refused)
    expect(not ask("secretsmanager list-secrets")["SecretList"], "a secret is left")

    # Of an identity that the stack makes, too.
    identity = [documented("MailIdentity=new"), "Mailer=ses", "MailFrom=codes@mail.example"]
    deploy(f"RestoredUsersTable={users}", *identity, documented("Deployment=AllAtOnce"), stack="successor")
    made = outputs("successor")
    expect("._domainkey.mail.example CNAME " in made["MailDomainRecord1"], made)
    expect_status(200, f"{made['Url']}/api/me", user=ADA)
    remove("successor")
    for table in [users, made["UsersTable"], "users-restored"]:
        delete_users(table)
    expect(not ask("dynamodb list-tables")["TableNames"], "a table is left")


STEPS = [
    first_deployment, suite, cost, secret, breached_passwords, mail_by_ses, guarded_api, operators, events,
    failed_update, poorer_role, domain, restore, without_pages, lasting_stacks, removal,
]


def main():
    begin = time.monotonic()
    for step in STEPS:
        start = time.monotonic()
        try:
            more = step()
        except Failed as failure:
            lines = "\n".join(map(str, failure.args)).splitlines()
            if len(lines) > 30:
                lines[5:-25] = ["…"]
            sys.exit("\n".join([f"deployed: {step.__doc__}: failed", *lines]))
        print(f"deployed: {step.__doc__}{f': {more}' if more else ''}, {time.monotonic() - start:.0f} s", flush=True)
    if forgotten := set(documents.RUN) - RUN:
        sys.exit(f"not run, though documents.py says so: {forgotten}")
    print(f"deployed: {len(RUN)} commands of the documents, {time.monotonic() - begin:.0f} s")


main()
