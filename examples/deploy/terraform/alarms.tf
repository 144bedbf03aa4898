locals {
  alarms = merge(
    { for id, rule in local.rules_here : "${id} failed" => {
      name        = "${aws_cloudwatch_event_rule.rule[id].name}-failed"
      description = "Events of a rule did not reach a target: ${rule.description}"
      metric      = ["AWS/Events", "FailedInvocations"]
      statistic   = "Sum"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.rule[id].name }
    } },
    { for id, rule in local.rules_here : "${id} lost" => {
      name        = "${aws_cloudwatch_event_rule.rule[id].name}-lost"
      description = "Events of a rule reached neither a target nor the dead-letter queue: ${rule.description}"
      metric      = ["AWS/Events", "InvocationsFailedToBeSentToDlq"]
      statistic   = "Sum"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.rule[id].name }
    } },
    {
      dead_letters = {
        name        = "${aws_sqs_queue.dead_letters.name}-not-empty"
        description = "Events that could not be delivered wait in the dead-letter queue of the rules."
        metric      = ["AWS/SQS", "ApproximateNumberOfMessagesVisible"]
        statistic   = "Maximum"
        dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      }
      undelivered = {
        name        = "${aws_sns_topic.alerts.name}-undelivered"
        description = "A subscriber of the alerts did not take a message."
        metric      = ["AWS/SNS", "NumberOfNotificationsFailed"]
        statistic   = "Sum"
        dimensions  = { TopicName = aws_sns_topic.alerts.name }
      }
    },
  )
}

# Each tells of a single failure.
resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  region              = var.region
  alarm_name          = each.value.name
  alarm_description   = each.value.description
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic]
  tags                = var.tags
}
