# Without targets: that it was triggered is all that is wanted of it.
resource "aws_cloudwatch_event_rule" "heartbeat" {
  region      = var.region
  name_prefix = var.name_prefix
  description = "Counts the events of CloudTrail that arrive here, whatever they are."
  state       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  tags        = var.tags

  event_pattern = jsonencode({
    source        = [{ prefix = "aws." }]
    "detail-type" = [{ suffix = " via CloudTrail" }]
  })
}

# A Region in which nothing is done has no events. So something is done: the queue is given the tag
# that it has.
resource "aws_scheduler_schedule" "probe" {
  region              = var.region
  name_prefix         = var.name_prefix
  description         = "Makes a call that CloudTrail logs, so that silence means something is wrong."
  schedule_expression = "rate(15 minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:sqs:tagQueue"
    role_arn = aws_iam_role.probe.arn

    input = jsonencode({
      QueueUrl = aws_sqs_queue.dead_letters.url
      Tags     = { countertrail-probe = "on" }
    })

    retry_policy {
      maximum_event_age_in_seconds = 600
      maximum_retry_attempts       = 2
    }
  }
}

resource "aws_iam_role" "probe" {
  name_prefix        = var.name_prefix
  description        = "Of the schedule that makes a call for CloudTrail to log."
  assume_role_policy = data.aws_iam_policy_document.probe_trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "probe_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "probe" {
  name   = "probe"
  role   = aws_iam_role.probe.id
  policy = data.aws_iam_policy_document.probe.json
}

data "aws_iam_policy_document" "probe" {
  statement {
    actions   = ["sqs:TagQueue"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }
}

resource "aws_cloudwatch_metric_alarm" "silence" {
  region              = var.region
  alarm_name          = "${aws_cloudwatch_event_rule.heartbeat.name}-silence"
  alarm_description   = "No event of CloudTrail has arrived for hours. Either no trail is logging any more, or EventBridge gets nothing from it: no rule of this module can fire."
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.heartbeat.name }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = var.silence_hours
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [local.alarm_topic]
  ok_actions          = [local.alarm_topic]
  tags                = var.tags
}
