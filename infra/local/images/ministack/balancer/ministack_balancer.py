"""MiniStack with a load balancer that weighs and looks: its forward actions keep what AWS calls a ForwardConfig, tell it
again and split requests by it, and a target is healthy when its health check says so. MiniStack 1.5.33 drops the first when
it reads an action and says "healthy" of every target. Started instead of ministack itself."""

import asyncio
import http.client
import random
import runpy
import time

import ministack_athena  # noqa: F401 Athena as Trino has it
from ministack.services import alb

FRESH = 0.25  # seconds for which a health check's answer holds
read, told, execute = alb._parse_actions, alb._action_xml, alb._execute_action
describe, forward = alb._describe_target_health, alb._forward_to_tg
seen = {}  # (group, address, port): (when, healthy)


def parse_actions(params, prefix="DefaultActions"):
    actions = read(params, prefix)
    for i, action in enumerate(actions, 1):
        groups, at = [], 1
        while True:
            key = f"{prefix}.member.{i}.ForwardConfig.TargetGroups.member.{at}"
            arn = alb._p(params, f"{key}.TargetGroupArn")
            if not arn:
                break
            groups.append({"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{key}.Weight", "1") or 1)})
            at += 1
        if groups:
            action["ForwardConfig"] = {"TargetGroups": groups}
            if len(groups) == 1:  # as AWS tells it
                action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    return actions


def action_xml(action):
    xml = told(action)
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not groups:
        return xml
    members = "".join(
        f"<member><TargetGroupArn>{g['TargetGroupArn']}</TargetGroupArn><Weight>{g['Weight']}</Weight></member>" for g in groups)
    return xml.removesuffix("</member>") + f"<ForwardConfig><TargetGroups>{members}</TargetGroups></ForwardConfig></member>"


async def execute_action(action, *args, **kwargs):
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if groups:
        weights = [g["Weight"] for g in groups]
        if sum(weights) == 0:
            return 503, {"Content-Type": "text/plain"}, b"no target group has weight"
        action = {"Type": "forward", "TargetGroupArn": random.choices(groups, weights)[0]["TargetGroupArn"]}
    return await execute(action, *args, **kwargs)


def healthy(arn, target):
    group = alb._tgs.get(arn, {})
    port = int(target.get("Port") or group.get("Port") or 80)
    key = (arn, target["Id"], port)
    when, answer = seen.get(key, (0, False))
    if time.monotonic() - when < FRESH:
        return answer
    try:
        connection = http.client.HTTPConnection(target["Id"], port, timeout=1)
        connection.request("GET", group.get("HealthCheckPath", "/"))
        answer = str(connection.getresponse().status) in group.get("Matcher", {}).get("HttpCode", "200").split(",")
        connection.close()
    except (OSError, http.client.HTTPException):
        answer = False
    seen[key] = (time.monotonic(), answer)
    return answer


def describe_target_health(params):
    status, headers, body = describe(params)
    arn = alb._p(params, "TargetGroupArn")
    text = body.decode() if isinstance(body, bytes) else body
    for target in list(alb._targets.get(arn, [])) if alb._tgs.get(arn, {}).get("TargetType") == "ip" else []:
        mark = f"<Id>{target['Id']}</Id>"
        if mark in text and not healthy(arn, target):
            head, rest = text.split(mark, 1)
            rest = rest.replace(">healthy</HealthStatus>", ">unhealthy</HealthStatus>", 1).replace(
                "<State>healthy</State>",
                "<State>unhealthy</State><Reason>Target.FailedHealthChecks</Reason><Description>Health checks failed</Description>", 1)
            text = head + mark + rest
    return status, headers, text.encode() if isinstance(body, bytes) else text


async def forward_to_group(arn, method, path, headers, body, query, raw_query_string=None, raw_path=None):
    if alb._tgs.get(arn, {}).get("TargetType") != "ip":
        return await forward(arn, method, path, headers, body, query, raw_query_string, raw_path)
    targets = list(alb._targets.get(arn, []))
    random.shuffle(targets)
    for target in targets:
        if await asyncio.to_thread(healthy, arn, target):
            return await alb._proxy_http_target(
                target, alb._tgs[arn], method, raw_path or path, headers, body, query, raw_query_string)
    return 503, {"Content-Type": "text/plain"}, b"no healthy target"


alb._parse_actions, alb._action_xml, alb._execute_action = parse_actions, action_xml, execute_action
alb._describe_target_health, alb._forward_to_tg = describe_target_health, forward_to_group
alb._ACTION_MAP["DescribeTargetHealth"] = describe_target_health

if __name__ == "__main__":
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
